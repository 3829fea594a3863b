package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.RefusalCount;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A text that is longer than its column never keeps a shard from taking usage. */
@org.jspecify.annotations.NullUnmarked
class LongTextsTest {

  private static final String LONG = "l".repeat(600);

  /** An emoji is two chars, and the cut would be between them. */
  private static final String PRINCIPAL = "p".repeat(511) + "😀".repeat(50);

  @Test
  void theEmbeddedStoreTakesThem(@TempDir Path directory) throws Exception {
    try (var databases = Databases.embedded(directory)) {
      takes(databases, "p".repeat(511), "😀".repeat(256));
    }
  }

  @Test
  void mariaDbTakesThem(@TempDir Path directory) throws Exception {
    try (var server = new MariaDbServer(directory);
        var databases = server.databases()) {
      // its tables are latin1, as those of a database with its own defaults
      takes(databases, "p".repeat(511) + "\\", "\\ud83d\\ude00".repeat(50).substring(0, 512));
    }
  }

  private static void takes(Databases databases, String first, String third) throws SQLException {
    var log = "a".repeat(32);
    var call =
        new ModelCall(
            LONG,
            LONG,
            ModelCall.Source.PROVIDER,
            "EURO",
            LONG,
            1,
            LONG,
            LONG,
            LONG,
            9,
            5,
            3,
            1,
            1,
            LONG);
    new JdbcLedger(databases, id -> ZoneOffset.UTC)
        .commit(
            "shard",
            log,
            0,
            100,
            List.of(
                record("1", PRINCIPAL, call),
                record("2", PRINCIPAL + "other", null),
                record("3", "😀".repeat(300), null),
                record("4", "key:x", null)),
            List.of(
                new RefusalCount("shard", "t", LONG, LONG, 1, 2),
                new RefusalCount("shard", "t", LONG + "other", LONG, 1, 3)));
    try (var connection = databases.shard("shard").getConnection();
        var statement = connection.createStatement()) {
      try (var rows =
          statement.executeQuery("SELECT principal, route, model FROM usage_record ORDER BY id")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo(first);
        assertThat(rows.getString(2)).isEqualTo("l".repeat(253));
        assertThat(rows.getString(3)).isEqualTo("l".repeat(253));
        assertThat(rows.next()).isTrue();
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo(third);
      }
      try (var rows =
          statement.executeQuery(
              "SELECT SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_cache_write_hour)"
                  + " FROM usage_record")) {
        assertThat(rows.next()).isTrue();
        assertThat(List.of(rows.getLong(1), rows.getLong(2), rows.getLong(3)))
            .containsExactly(9L, 5L, 3L);
      }
      try (var rows = statement.executeQuery("SELECT COUNT(*) FROM usage_principal")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).as("callers whose beginnings are the same").isEqualTo(4);
      }
      try (var rows = statement.executeQuery("SELECT count FROM usage_refusal")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(5);
      }
      try (var rows = statement.executeQuery("SELECT position FROM usage_cursor")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(100);
      }
    }
  }

  private static UsageRecord record(String id, String principal, ModelCall call) {
    return new UsageRecord(
        id.repeat(32),
        new Opening("shard", "t", principal, LONG, LONG, LONG, "2026-11-01", 1000, 1),
        2000,
        new Amounts(1, 0, 0),
        Outcome.COMPLETE,
        200,
        call);
  }
}

package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.Ledger.TenantCycle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process may be killed between any two statements of a migration. */
final class MigrationsTest {

  private static JdbcDataSource database(String name) {
    var source = new JdbcDataSource();
    source.setURL(
        "jdbc:h2:mem:"
            + name
            + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE;NON_KEYWORDS=COUNT,HOUR"
            + ";DB_CLOSE_DELAY=-1");
    return source;
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "shard"})
  void everyStatementCanBeRunAgain(String kind) throws Exception {
    var database = database("again-" + kind);
    Migrations.run(database, false, kind);
    var folder = Path.of(getClass().getResource("/db/" + kind).toURI());
    try (var connection = database.getConnection();
        var statement = connection.createStatement();
        var files = Files.list(folder)) {
      for (var file : files.sorted().toList()) {
        for (var sql :
            List.of(Files.readString(file).replace("${exact}", "").split(";\\s*(\\n|$)"))) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
      }
    }
  }

  @Test
  void aThresholdThatWasToldBeforeTheUpgradeIsNotToldAgain(@TempDir Path directory)
      throws Exception {
    try (var databases = Databases.embedded(directory)) {
      try (var connection = databases.shard("s").getConnection();
          var statement = connection.createStatement()) {
        statement.execute("INSERT INTO usage_alert VALUES ('t', '2026-03-01', 'requests', 80, 1)");
        statement.execute("DELETE FROM `flyway_shard` WHERE `version` = '7'");
      }
    }
    try (var databases = Databases.embedded(directory)) {
      var ledger = new JdbcLedger(databases, id -> ZoneOffset.UTC);
      var cycle = new TenantCycle("t", "2026-03-01");
      assertThat(ledger.alert("s", cycle, "requests", 80, 1000)).isFalse();
      assertThat(ledger.alert("s", cycle, "requests", 100, 1000)).isTrue();
      assertThat(ledger.alert("s", cycle, "requests", 100, 1000)).isFalse();
      assertThat(ledger.alert("s", cycle, "requests", 100, 2000)).isTrue();
    }
  }

  @Test
  void oneThatWasBrokenOffIsRunAgain() throws Exception {
    var database = database("broken");
    Migrations.run(database, false, "platform");
    try (var connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("DROP TABLE experiment_verdict");
      statement.execute("UPDATE `flyway_platform` SET `success` = FALSE WHERE `version` = '2'");
      Migrations.run(database, false, "platform");
      try (var rows = statement.executeQuery("SELECT COUNT(*) FROM experiment_verdict")) {
        assertThat(rows.next()).isTrue();
      }
    }
  }
}

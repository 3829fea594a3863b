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

  @Test
  void aVersionThatIsRolledBackToLeavesWhatALaterOneHasDone() throws Exception {
    var database = database("rolled-back");
    Migrations.run(database, false, "shard");
    try (var connection = database.getConnection();
        var statement = connection.createStatement()) {
      // below the highest that is known, as the numbers of a product's own migrations are
      statement.execute(
          "INSERT INTO `flyway_shard` (`installed_rank`, `version`, `description`, `type`, `script`,"
              + " `checksum`, `installed_by`, `execution_time`, `success`)"
              + " VALUES (90, '8.5', 'later', 'SQL', 'V8_5__later.sql', 1, 'sa', 1, TRUE)");
      // one that was broken off besides, so that the history is repaired
      statement.execute("UPDATE `flyway_shard` SET `success` = FALSE WHERE `version` = '7'");
      Migrations.run(database, false, "shard");
      try (var rows =
          statement.executeQuery(
              "SELECT `type`, `success` FROM `flyway_shard` WHERE `version` = '8.5'")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo("SQL");
        assertThat(rows.getBoolean(2)).isTrue();
        assertThat(rows.next()).isFalse();
      }
    }
  }

  /** Earlier versions marked what they did not know as deleted when they were rolled back to. */
  @Test
  void whatAnEarlierVersionForgotIsRunAgain() throws Exception {
    var database = database("forgotten");
    Migrations.run(database, false, "shard");
    try (var connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          "DELETE FROM `flyway_shard` WHERE `version` IN ('4.1', '5', '6', '7', '8', '9')");
      Migrations.run(database, false, "shard");
      try (var rows = connection.getMetaData().getTables(null, null, "model_call", null)) {
        assertThat(rows.next()).isFalse();
      }
    }
  }
}

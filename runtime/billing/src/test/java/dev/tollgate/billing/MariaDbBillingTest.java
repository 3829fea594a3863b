package dev.tollgate.billing;

import ch.vorburger.exec.ManagedProcessException;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.MariaDbServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same on a real MariaDB. */
class MariaDbBillingTest extends BillingTest {

  @TempDir static Path server;
  private static MariaDbServer mariadb;

  @BeforeAll
  static void startDatabase() throws Exception {
    mariadb = new MariaDbServer(server);
  }

  @AfterAll
  static void stopDatabase() throws ManagedProcessException {
    mariadb.close();
  }

  @Override
  Databases databases(Path directory) throws Exception {
    mariadb.sql("DROP DATABASE IF EXISTS billing", "CREATE DATABASE billing");
    var url = "jdbc:mariadb://127.0.0.1:" + mariadb.port() + "/billing";
    return new Databases(name -> new Address(url, "admin", "admin"));
  }
}

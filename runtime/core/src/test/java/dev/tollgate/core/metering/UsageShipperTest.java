package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipper before a ledger that fails at any moment, before or after the work was done. */
class UsageShipperTest {

  /** Holds to a ledger's word: a transaction, a position; and fails one call in three. */
  private static class Unsteady implements Ledger {
    final Map<String, Long> positions = new HashMap<>();
    final Map<String, List<String>> records = new HashMap<>();
    final Random random;
    volatile boolean steady;

    Unsteady(long seed) {
      this.random = new Random(seed);
    }

    private void mayFail(String what) {
      if (!steady && random.nextInt(3) == 0) {
        throw new IllegalStateException(what);
      }
    }

    @Override
    public synchronized long position(String shard, String logId) {
      mayFail("away");
      return positions.getOrDefault(shard, 0L);
    }

    @Override
    public synchronized void commit(
        String shard,
        String logId,
        long expected,
        long next,
        List<UsageRecord> add,
        List<RefusalCount> refusals) {
      mayFail("away");
      assertThat(positions.getOrDefault(shard, 0L)).isEqualTo(expected);
      positions.put(shard, next);
      add.forEach(r -> records.computeIfAbsent(shard, s -> new ArrayList<>()).add(r.id()));
      mayFail("the answer did not arrive");
    }

    @Override
    public Map<TenantCycle, Amounts> totals(String shard, List<TenantCycle> cycles) {
      return Map.of();
    }

    @Override
    public Amounts onOtherPlans(
        String shard, TenantCycle cycle, String plan, String revision, Instant before) {
      return new Amounts(0, 0, 0);
    }

    @Override
    public Set<TenantCycle> alerted(String shard, String from) {
      return Set.of();
    }

    @Override
    public boolean alert(
        String shard, TenantCycle cycle, String meter, int percent, long included) {
      return false;
    }
  }

  @Test
  void nothingIsLostOrDoubledWhateverFailsWhen(@TempDir Path directory) throws Exception {
    for (int seed = 0; seed < 8; seed++) {
      var ledger = new Unsteady(seed);
      Map<String, List<String>> written = new HashMap<>();
      try (var log =
          MappedUsageLog.open(
              directory.resolve("log-" + seed), new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
        var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
        shipper.start();
        for (int i = 0; i < 3000; i++) {
          var shard = "shard-" + i % 3;
          var entry = log.open(opening(shard)).orElseThrow();
          entry.close(new Amounts(1, 0, 0), Outcome.COMPLETE, 200);
          written.computeIfAbsent(shard, s -> new ArrayList<>()).add(entry.id());
          if (i % 100 == 0) {
            Thread.sleep(5);
          }
        }
        Thread.sleep(1200);
        ledger.steady = true;
        shipper.stop(10_000);
      }
      written.forEach((shard, ids) ->
          assertThat(ledger.records.get(shard)).containsExactlyInAnyOrderElementsOf(ids));
    }
  }

  @Test
  void aShardThatDoesNotTakeUsageIsNamedUntilItDoes(@TempDir Path directory) throws Exception {
    var away = new java.util.concurrent.atomic.AtomicBoolean(true);
    var ledger =
        new Unsteady(0) {
          @Override
          public synchronized long position(String shard, String logId) {
            if (away.get() && shard.equals("shard-1")) {
              throw new IllegalStateException("away");
            }
            return super.position(shard, logId);
          }
        };
    ledger.steady = true;
    try (var log = MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
      var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
      for (int i = 0; i < 2; i++) {
        var entry = log.open(opening("shard-" + i)).orElseThrow();
        entry.close(new Amounts(1, 0, 0), Outcome.COMPLETE, 200);
      }
      shipper.start();
      await(() -> shipper.failingShards().equals(Set.of("shard-1")));
      away.set(false);
      await(() -> shipper.failingShards().isEmpty());
      shipper.stop(10_000);
    }
    assertThat(ledger.records).containsOnlyKeys("shard-0", "shard-1");
  }

  private static void await(java.util.function.BooleanSupplier until) throws Exception {
    for (int i = 0; i < 1000 && !until.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(until.getAsBoolean()).isTrue();
  }

  private static Opening opening(String shard) {
    return new Opening(
        shard, "t", "key:x", "api", "basic", "r1", "2026-11-01", System.currentTimeMillis(), 1);
  }
}

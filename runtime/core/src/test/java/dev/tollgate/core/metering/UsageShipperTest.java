package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipper before a ledger that fails at any moment, before or after the work was done. */
class UsageShipperTest {

  /** Holds to a ledger's word: a transaction, a position; and fails one call in three. */
  static class Unsteady implements Ledger {
    final Map<String, Long> positions = new HashMap<>();
    final Map<String, List<String>> records = new HashMap<>();
    final Map<String, Amounts> amounts = new HashMap<>();
    final Random random;
    volatile boolean steady;
    private long refused;

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
      add.forEach(r -> amounts.put(r.id(), r.amounts()));
      refusals.forEach(count -> refused += count.count());
      mayFail("the answer did not arrive");
    }

    synchronized long refused() {
      return refused;
    }

    synchronized int taken() {
      return amounts.size();
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
      await(() -> shipper.failing().keySet().equals(Set.of("shard-1")));
      away.set(false);
      await(() -> shipper.failing().isEmpty());
      shipper.stop(10_000);
    }
    assertThat(ledger.records).containsOnlyKeys("shard-0", "shard-1");
  }

  /** A gateway that is killed leaves its files as they are at that moment. */
  static Path killed(Path directory, Path to) throws Exception {
    Files.createDirectories(to);
    try (var files = Files.list(directory)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  /** Uses the log until its newest segment is another one. */
  private static void roll(MappedUsageLog log, Path directory) throws Exception {
    var before = newest(directory);
    while (newest(directory).equals(before)) {
      log.open(opening("shard")).orElseThrow().close(new Amounts(1, 0, 0), Outcome.COMPLETE, 200);
    }
  }

  private static String newest(Path directory) throws Exception {
    try (var files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".segment"))
          .max(String::compareTo)
          .orElseThrow();
    }
  }

  @Test
  void whatEndedWhileAnotherRequestGoesOnIsTakenOnceAfterAKill(@TempDir Path directory)
      throws Exception {
    var ledger = new Unsteady(0);
    ledger.steady = true;
    var usage = directory.resolve("usage");
    var log = MappedUsageLog.open(usage, new MappedUsageLog.Sizes(1 << 16, 64, 0));
    var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
    shipper.start();
    var lasting = log.open(opening("shard")).orElseThrow();
    var brief = log.open(opening("shard")).orElseThrow();
    roll(log, usage);
    roll(log, usage);
    brief.close(new Amounts(1, 0, 0), Outcome.COMPLETE, 200);
    lasting.checkpoint(new Amounts(1, 7, 7), null);
    for (int i = 0; i < 4; i++) {
      roll(log, usage);
    }
    Thread.sleep(500);
    var copy = killed(usage, directory.resolve("copy"));
    shipper.stop(10_000);
    try (var next = MappedUsageLog.open(copy, new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
      var again = new UsageShipper(next, ledger, UsageShipper.Observer.NONE);
      again.start();
      again.stop(10_000);
    }
    assertThat(ledger.records.get("shard")).doesNotHaveDuplicates().contains(lasting.id());
  }

  @Test
  void requestsThatLastDoNotFillTheLog(@TempDir Path directory) throws Exception {
    var ledger = new Unsteady(0);
    ledger.steady = true;
    try (var log = MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 8, 0))) {
      var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
      shipper.start();
      List<UsageLog.Entry> lasting = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        lasting.add(log.open(opening("shard")).orElseThrow());
        roll(log, directory);
        lasting.forEach(entry -> entry.checkpoint(new Amounts(1, 7, 7), null));
        await(() -> segments(directory) <= 4);
      }
      shipper.stop(10_000);
      assertThat(ledger.records.get("shard"))
          .doesNotContainAnyElementsOf(lasting.stream().map(UsageLog.Entry::id).toList());
    }
  }

  @Test
  void whatLastsIsTakenOnceWithWhatItUsedAfterAKillWhereverItWasNoted(@TempDir Path directory)
      throws Exception {
    var ledger = new Unsteady(0);
    ledger.steady = true;
    var usage = directory.resolve("usage");
    try (var log = MappedUsageLog.open(usage, new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
      var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
      shipper.start();
      var lasting = log.open(opening("shard")).orElseThrow();
      for (int i = 1; i <= 6; i++) {
        roll(log, usage);
        lasting.checkpoint(new Amounts(1, i, i), null);
        var copy = killed(usage, directory.resolve("copy-" + i));
        var then = new Unsteady(0);
        then.steady = true;
        try (var next = MappedUsageLog.open(copy, new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
          var again = new UsageShipper(next, then, UsageShipper.Observer.NONE);
          again.start();
          again.stop(10_000);
        }
        assertThat(then.records.get("shard")).containsOnlyOnce(lasting.id());
        assertThat(then.amounts.get(lasting.id())).isEqualTo(new Amounts(1, i, i));
      }
      lasting.close(new Amounts(1, 9, 9), Outcome.COMPLETE, 200);
      shipper.stop(10_000);
      assertThat(ledger.amounts.get(lasting.id())).isEqualTo(new Amounts(1, 9, 9));
    }
  }

  @Test
  void anEndThatFindsNoRoomIsWrittenOnceThereIsSome(@TempDir Path directory) throws Exception {
    var ledger = new Unsteady(0);
    try (var log = MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 3, 0))) {
      List<String> ended = new ArrayList<>();
      var underWay = new ArrayDeque<UsageLog.Entry>();
      for (var next = log.open(opening("shard")); next.isPresent() || !underWay.isEmpty(); ) {
        next.ifPresent(underWay::add);
        if (underWay.size() > 20 || next.isEmpty()) {
          var last = underWay.remove();
          last.close(new Amounts(1, 3, 4), Outcome.COMPLETE, 200);
          ended.add(last.id());
        }
        next = log.isFull() ? Optional.empty() : log.open(opening("shard"));
      }
      assertThat(log.isFull()).isTrue();
      ledger.steady = true;
      var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
      shipper.start();
      await(() -> ledger.taken() == ended.size());
      shipper.stop(10_000);
      assertThat(ledger.records.get("shard")).containsExactlyInAnyOrderElementsOf(ended);
    }
  }

  @Test
  void manyStartsInARowDoNotFillTheLog(@TempDir Path directory) throws Exception {
    for (int i = 0; i < 20; i++) {
      try (var log = MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 8, 0))) {
        assertThat(log.open(opening("shard"))).as("start " + i).isPresent();
      }
      // one that was killed while it made a segment
      Files.write(directory.resolve("%016x.segment".formatted(1000 + i)), new byte[i % 3 * 1000]);
    }
    assertThat(segments(directory)).isLessThan(60);
  }

  @Test
  void aLogWithoutItsNameIsNotOpened(@TempDir Path directory) throws Exception {
    MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 8, 0)).close();
    Files.writeString(directory.resolve("id"), "");
    assertThatThrownBy(
            () -> MappedUsageLog.open(directory, new MappedUsageLog.Sizes(1 << 16, 8, 0)))
        .hasRootCauseMessage(
            directory.resolve("id")
                + " does not name the log; delete it, and the segments beside it, if it was never"
                + " used");
  }

  private static int segments(Path directory) {
    return directory.toFile().list((_, name) -> name.endsWith(".segment")).length;
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

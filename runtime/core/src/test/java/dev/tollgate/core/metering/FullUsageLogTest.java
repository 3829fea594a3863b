package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.core.SmallDisk;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The usage log on a disk that is full for a while: nothing is admitted, and little is said. */
class FullUsageLogTest {

  private static final long FULL_MILLIS = 2500;
  private static final int MOST_ENTRIES = 100_000;

  @Test
  void saysItOnceAndGoesOnWhenThereIsRoom(@TempDir Path directory) throws Exception {
    var said = new ListAppender<ILoggingEvent>();
    said.start();
    var logger = (Logger) LoggerFactory.getLogger(MappedUsageLog.class.getPackageName());
    logger.addAppender(said);
    try (var _ = new SmallDisk(directory, 1)) {
      var filler = Files.write(directory.resolve("filler"), new byte[1 << 19]);
      try (var log =
          MappedUsageLog.open(
              directory.resolve("usage"), new MappedUsageLog.Sizes(1 << 16, 64, 0))) {
        for (int i = 0; i < MOST_ENTRIES && log.open(opening()).isPresent(); i++) {}
        var end = System.currentTimeMillis() + FULL_MILLIS;
        while (System.currentTimeMillis() < end) {
          assertThat(log.open(opening())).isEmpty();
          Thread.sleep(10);
        }
        assertThat(List.copyOf(said.list)).hasSizeBetween(1, 2);
        Files.delete(filler);
        while (log.isFull()) {
          assertThat(System.currentTimeMillis()).isLessThan(end + 10_000);
          Thread.sleep(10);
        }
        assertThat(log.open(opening())).isPresent();
      }
    } finally {
      logger.detachAppender(said);
    }
  }

  @Test
  void refusalsOfThatTimeAreCounted(@TempDir Path directory) throws Exception {
    var ledger = new UsageShipperTest.Unsteady(0);
    ledger.steady = true;
    try (var log =
        MappedUsageLog.open(directory.resolve("usage"), new MappedUsageLog.Sizes(1 << 14, 2, 0))) {
      for (var next = log.open(opening()); next.isPresent(); next = log.open(opening())) {
        next.get().close(new Amounts(1, 3, 4), Outcome.COMPLETE, 200);
      }
      for (int i = 0; i < 5; i++) {
        log.refused("shard", "t", "api", "rate-limited");
        Thread.sleep(600);
      }
      var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
      shipper.start();
      var end = System.currentTimeMillis() + 20_000;
      while (ledger.refused() < 5) {
        assertThat(System.currentTimeMillis()).as("%d counted", ledger.refused()).isLessThan(end);
        Thread.sleep(10);
      }
      shipper.stop(10_000);
    }
    assertThat(ledger.refused()).isEqualTo(5);
  }

  @Test
  void whatIsThereIsShippedAfterAStartOnAFullDisk(@TempDir Path directory) throws Exception {
    var sizes = new MappedUsageLog.Sizes(1 << 16, 16, 0);
    var ledger = new UsageShipperTest.Unsteady(0);
    ledger.steady = true;
    Set<String> used = new HashSet<>();
    var before = directory.resolve("before");
    try (var log = MappedUsageLog.open(before, sizes)) {
      var lasting = log.open(opening()).orElseThrow();
      for (var next = log.open(opening()); next.isPresent(); next = log.open(opening())) {
        next.get().close(new Amounts(1, 3, 4), Outcome.COMPLETE, 200);
        used.add(next.get().id());
        lasting.checkpoint(new Amounts(1, 5, 6), null);
      }
      used.add(lasting.id());
    }
    var disk = Files.createDirectory(directory.resolve("disk"));
    try (var _ = new SmallDisk(disk, 2)) {
      var usage = UsageShipperTest.killed(before, disk.resolve("usage"));
      assertThatThrownBy(() -> Files.write(disk.resolve("filler"), new byte[2 << 20]))
          .isInstanceOf(IOException.class);
      try (var log = MappedUsageLog.open(usage, sizes)) {
        assertThat(log.isFull()).isTrue();
        assertThat(log.open(opening())).isEmpty();
        var shipper = new UsageShipper(log, ledger, UsageShipper.Observer.NONE);
        shipper.start();
        var end = System.currentTimeMillis() + 20_000;
        while (ledger.taken() < used.size() || log.isFull()) {
          assertThat(System.currentTimeMillis()).as("%d taken", ledger.taken()).isLessThan(end);
          Thread.sleep(10);
        }
        assertThat(log.open(opening())).isPresent();
        shipper.stop(10_000);
      }
    }
    assertThat(ledger.records.get("shard")).containsExactlyInAnyOrderElementsOf(used);
  }

  @Test
  void whatCannotBeOpenedOnAFullDiskCanBeOnceThereIsRoom(@TempDir Path directory) throws Exception {
    var sizes = new MappedUsageLog.Sizes(1 << 16, 16, 0);
    try (var _ = new SmallDisk(directory, 1)) {
      var usage = directory.resolve("usage");
      MappedUsageLog.open(usage, sizes).close();
      try (var segments = Files.newDirectoryStream(usage, "*.segment")) {
        for (var segment : segments) {
          Files.delete(segment);
        }
      }
      var filler = directory.resolve("filler");
      assertThatThrownBy(() -> Files.write(filler, new byte[1 << 20]))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> MappedUsageLog.open(usage, sizes))
          .isInstanceOf(UncheckedIOException.class)
          .hasRootCauseInstanceOf(IOException.class)
          .rootCause()
          .hasMessageContaining("No space left");
      Files.delete(filler);
      try (var log = MappedUsageLog.open(usage, sizes)) {
        assertThat(log.open(opening())).isPresent();
      }
    }
  }

  private static Opening opening() {
    return new Opening(
        "shard", "t", "key:x", "api", "basic", "r1", "2026-11-01", System.currentTimeMillis(), 1);
  }
}

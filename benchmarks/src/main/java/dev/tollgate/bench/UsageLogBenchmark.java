package dev.tollgate.bench;

import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.metering.UsageLog;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One request in the durable log: its open entry and its close entry. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 10)
@Measurement(iterations = 10)
public class UsageLogBenchmark {

  private static final int REQUESTS = 100_000;

  private final Path directory = temporary();
  private UsageLog log = open(0);
  private int round;

  private static Path temporary() {
    try {
      return Files.createTempDirectory("usage-log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private UsageLog open(int number) {
    var sizes = MappedUsageLog.Sizes.DEFAULT;
    return MappedUsageLog.open(
        directory.resolve(Integer.toString(number)),
        new MappedUsageLog.Sizes(sizes.segmentBytes(), sizes.maxSegments(), 0));
  }

  @Setup(Level.Iteration)
  public void begin() {
    log.close();
    remove(directory.resolve(Integer.toString(round)));
    log = open(++round);
  }

  @TearDown
  public void stop() {
    log.close();
    remove(directory);
  }

  private static void remove(Path root) {
    try (var files = Files.walk(root)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public void openAndClose() {
    for (int i = 0; i < REQUESTS; i++) {
      var entry =
          log.open(
                  new Opening(
                      "default-0",
                      "t-0123456789abcdef",
                      "key:0123456789ab",
                      "weather",
                      "basic",
                      "0123456789abcdef",
                      "2026-01-01",
                      1_767_225_600_000L,
                      1))
              .orElseThrow();
      entry.close(new Amounts(1, 0, 100), Outcome.COMPLETE, 200);
    }
  }
}

package dev.tollgate.bench;

import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.FairQueue;
import dev.tollgate.core.limits.MemoryLimits;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Two limits of one tenant in memory, and the queue in front of a backend. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class LimitsBenchmark {

  private static final long MINUTE = 60_000_000_000L;

  private final MemoryLimits limits = new MemoryLimits();
  private final List<Charge> charges =
      new World(1).tenant(0).plan().limits().stream().map(l -> new Charge(l, "", 1)).toList();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final FairQueue idle = new FairQueue(8, 1000, timer);
  private final FairQueue busy = new FairQueue(1, 1000, timer);

  @TearDown
  public void stop() {
    timer.shutdownNow();
  }

  @Benchmark
  public Decision reserveAndSettleTwoLimits() {
    var decision = limits.reserveNow("t-1", "0123456789abcdef", charges);
    limits.settle("t-1", "0123456789abcdef", charges, new long[] {1, 1});
    return decision;
  }

  @Benchmark
  public boolean aFreeSlotIsTakenAndGivenBack() {
    var permit = idle.acquire("t-1", 1, System.nanoTime() + MINUTE);
    permit.toCompletableFuture().join().close();
    return true;
  }

  @Benchmark
  public boolean twoTenantsWaitForOneSlot() {
    var deadline = System.nanoTime() + MINUTE;
    CompletionStage<FairQueue.Permit> first = busy.acquire("t-1", 1, deadline);
    CompletionStage<FairQueue.Permit> second = busy.acquire("t-1", 1, deadline);
    CompletionStage<FairQueue.Permit> third = busy.acquire("t-2", 2, deadline);
    first.toCompletableFuture().join().close();
    second.toCompletableFuture().join().close();
    third.toCompletableFuture().join().close();
    return true;
  }
}

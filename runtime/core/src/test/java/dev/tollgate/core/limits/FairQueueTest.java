package dev.tollgate.core.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private static long in(Duration wait) {
    return System.nanoTime() + wait.toNanos();
  }

  private static CompletableFuture<FairQueue.Permit> ask(
      FairQueue queue, String tenant, int weight) {
    return queue.acquire(tenant, weight, in(Duration.ofSeconds(30))).toCompletableFuture();
  }

  @Test
  void tenantsTakeTurnsByTheirWeight() {
    FairQueue queue = new FairQueue(1, 100, timer);
    FairQueue.Permit first = ask(queue, "x", 1).join();
    List<String> served = new ArrayList<>();
    for (String tenant : List.of("low", "high")) {
      for (int i = 0; i < 8; i++) {
        var _ =
            ask(queue, tenant, tenant.equals("high") ? 4 : 1)
                .thenAccept(permit -> {
                  served.add(tenant);
                  permit.close();
                });
      }
    }
    first.close();
    assertThat(served.subList(0, 10))
        .containsExactly(
            "low", "high", "high", "high", "high", "low", "high", "high", "high", "high");
    assertThat(served).hasSize(16);
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void aTenantThatHoldsMoreThanHalfGetsNoFurtherSlotWhileAnotherWaits() {
    FairQueue queue = new FairQueue(4, 100, timer);
    List<FairQueue.Permit> held = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      held.add(ask(queue, "a", 1).join());
    }
    var a = List.of(ask(queue, "a", 1), ask(queue, "a", 1), ask(queue, "a", 1));
    var b = List.of(ask(queue, "b", 1), ask(queue, "b", 1));
    held.get(0).close();
    assertThat(b.get(0)).isCompleted();
    assertThat(a).noneMatch(CompletableFuture::isDone);
    b.get(0).join().close();
    assertThat(b.get(1)).isCompleted();
    b.get(1).join().close();
    assertThat(a.get(0)).as("nobody else waits").isCompleted();
    var _ = ask(queue, "b", 1);
    held.get(1).close();
    held.get(2).close();
    assertThat(a.get(1)).as("it holds half").isCompleted();
  }

  @Test
  void aFullQueueTakesFromTheTenantThatHasMostWaiting() {
    FairQueue queue = new FairQueue(1, 3, timer);
    FairQueue.Permit held = ask(queue, "a", 1).join();
    var a1 = ask(queue, "a", 1);
    var a2 = ask(queue, "a", 1);
    var a3 = ask(queue, "a", 1);
    assertThat(ask(queue, "a", 1).exceptionNow()).isInstanceOf(FairQueue.QueueFull.class);
    var b1 = ask(queue, "b", 1);
    assertThat(a3.exceptionNow()).isInstanceOf(FairQueue.QueueFull.class);
    var c1 = ask(queue, "c", 1);
    assertThat(a2.exceptionNow()).isInstanceOf(FairQueue.QueueFull.class);
    assertThat(ask(queue, "d", 1).exceptionNow()).isInstanceOf(FairQueue.QueueFull.class);
    assertThat(List.of(a1, b1, c1)).noneMatch(CompletableFuture::isDone);
    held.close();
    assertThat(a1).isCompleted();
  }

  @Test
  void theDeadlineEndsTheWait() {
    FairQueue queue = new FairQueue(1, 3, timer);
    FairQueue.Permit held = ask(queue, "a", 1).join();
    var late = queue.acquire("b", 1, in(Duration.ofMillis(30))).toCompletableFuture();
    assertThat(late)
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withCauseInstanceOf(FairQueue.QueueTimeout.class);
    assertThat(queue.waiting()).isZero();
    held.close();
    assertThat(ask(queue, "b", 1)).isCompleted();
  }

  @Test
  void aSlotIsNotLostToAClientThatHasGone() {
    FairQueue queue = new FairQueue(1, 3, timer);
    FairQueue.Permit held = ask(queue, "a", 1).join();
    var gone = ask(queue, "b", 1);
    gone.cancel(false);
    var next = ask(queue, "c", 1);
    held.close();
    held.close();
    assertThat(next).isCompleted();
    assertThat(ask(queue, "d", 1)).isNotDone();
  }

  @Test
  void tenThousandHandOversNeedNoStack() {
    FairQueue queue = new FairQueue(1, 20_000, timer);
    FairQueue.Permit held = ask(queue, "a", 1).join();
    AtomicInteger served = new AtomicInteger();
    for (int i = 0; i < 10_000; i++) {
      var _ =
          ask(queue, "a", 1)
              .thenAccept(permit -> {
                served.incrementAndGet();
                permit.close();
              });
    }
    held.close();
    assertThat(served).hasValue(10_000);
  }

  /** Backend: 10 slots of 20 ms. A keeps 500 waiting; B asks 100 times, one at a time. */
  @Test
  void aTenantThatFloodsASlowBackendDoesNotSlowAnother() throws Exception {
    FairQueue queue = new FairQueue(10, 2_000, timer);
    AtomicInteger floods = new AtomicInteger(500);
    for (int i = 0; i < 500; i++) {
      flood(queue, floods);
    }
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long start = System.nanoTime();
      FairQueue.Permit permit = ask(queue, "b", 2).get(10, TimeUnit.SECONDS);
      Thread.sleep(20);
      permit.close();
      millis.add((System.nanoTime() - start) / 1_000_000);
    }
    floods.set(Integer.MIN_VALUE);
    Collections.sort(millis);
    System.out.printf(
        "fair queue, flooded by another tenant: service 20 ms, p50 %d ms, p99 %d ms;"
            + " first come first served would be %d ms%n",
        millis.get(50), millis.get(98), 500 / 10 * 20 + 20);
    assertThat(millis.get(50)).isLessThan(60);
    assertThat(millis.get(98)).isLessThan(300);
  }

  private void flood(FairQueue queue, AtomicInteger floods) {
    if (floods.get() < 0) {
      return;
    }
    var _ =
        ask(queue, "a", 2)
            .thenAccept(permit -> {
              var _ =
                  timer.schedule(
                      () -> {
                        permit.close();
                        flood(queue, floods);
                      },
                      20,
                      TimeUnit.MILLISECONDS);
            });
  }

  @Test
  void aFreeSlotCostsLittle() {
    FairQueue queue = new FairQueue(64, 64, timer);
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 8; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 500_000; i++) {
        queue.acquire("a", 2, Long.MAX_VALUE).toCompletableFuture().join().close();
      }
      best = Math.min(best, (System.nanoTime() - start) / 500_000);
    }
    System.out.println("fair queue, free slot, acquire + close: " + best + " ns/op");
    assertThat(best).isLessThan(5_000);
  }
}

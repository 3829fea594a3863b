package dev.tollgate.core.limits;

import static dev.tollgate.core.limits.Given.TENANT;
import static dev.tollgate.core.limits.Given.limit;
import static dev.tollgate.core.limits.Given.one;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryLimitsTest {
  private final AtomicLong clock = new AtomicLong(1_800_000_000_000L);
  private final MemoryLimits limits = new MemoryLimits(clock::get, 100, Duration.ofSeconds(60));

  @Test
  void takesAllChargesOrNone() {
    LimitView wide = limit("wide", "requests", 10, Window.Minute);
    LimitView narrow = limit("narrow", "requests", 1, Window.Minute);
    List<Charge> both = List.of(one(wide), one(narrow));
    assertThat(limits.reserveNow(TENANT, "a", both).allowed()).isTrue();
    Decision refused = limits.reserveNow(TENANT, "b", both);
    assertThat(refused.refusedBy()).isEqualTo(1);
    assertThat(refused.states().get(0).remaining()).isEqualTo(9);
    assertThat(refused.states().get(1).retryAfterMillis()).isEqualTo(60_000);
  }

  @Test
  void aLimitOfZeroForbidsWhateverItCounts() {
    for (var window : Window.values()) {
      for (var amount : new long[] {0, 1, 100}) {
        var zero = new Charge(limit("zero", "bytes", 0, window), "", amount);
        var refused = limits.reserveNow(TENANT, "a", List.of(zero));
        assertThat(refused.allowed()).as("%s, %d", window, amount).isFalse();
        assertThat(RateLimitHeaders.refusal(refused, null).type()).endsWith("limit-forbids");
      }
    }
  }

  @Test
  void subjectsAndTenantsCountApart() {
    LimitView limit = limit("key", "requests", 1, Window.Minute);
    assertThat(limits.reserveNow(TENANT, "a", List.of(new Charge(limit, "k:1", 1))).allowed())
        .isTrue();
    assertThat(limits.reserveNow(TENANT, "b", List.of(new Charge(limit, "k:2", 1))).allowed())
        .isTrue();
    assertThat(limits.reserveNow("default/t2", "c", List.of(new Charge(limit, "k:1", 1))).allowed())
        .isTrue();
    assertThat(limits.reserveNow(TENANT, "d", List.of(new Charge(limit, "k:1", 1))).allowed())
        .isFalse();
  }

  @Test
  void concurrentRequestsCannotOverspendABudget() throws Exception {
    LimitView budget = limit("spend", "money", 1_000, Window.Day);
    List<Charge> charges = List.of(new Charge(budget, "", 30));
    AtomicLong spent = new AtomicLong();
    CountDownLatch done = new CountDownLatch(200);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        String id = "r" + i;
        threads.execute(() -> {
          if (limits.reserveNow(TENANT, id, charges).allowed()) {
            limits.settle(TENANT, id, charges, new long[] {25});
            spent.addAndGet(25);
          }
          done.countDown();
        });
      }
      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(spent.get()).isLessThanOrEqualTo(1_000).isGreaterThan(0);
    long left =
        limits
            .reserveNow(TENANT, "x", List.of(new Charge(budget, "", 0)))
            .states()
            .get(0)
            .remaining();
    assertThat(left).isEqualTo(1_000 - spent.get());
  }

  @Test
  void aRequestThatWasNotServedIsGivenBack() {
    List<Charge> charges = List.of(one(limit("tenant", "requests", 1, Window.Day)));
    limits.reserveNow(TENANT, "a", charges);
    limits.settle(TENANT, "a", charges, new long[] {0});
    assertThat(limits.reserveNow(TENANT, "b", charges).allowed()).isTrue();
  }

  @Test
  void concurrencyIsFreedBySettlingAndByExpiry() {
    List<Charge> charges = List.of(one(limit("open", "concurrency", 1, null)));
    assertThat(limits.reserveNow(TENANT, "a", charges).allowed()).isTrue();
    assertThat(limits.reserveNow(TENANT, "b", charges).allowed()).isFalse();
    limits.settle(TENANT, "a", charges, new long[] {1});
    assertThat(limits.reserveNow(TENANT, "c", charges).allowed()).isTrue();
    clock.addAndGet(40_000);
    limits.renew(TENANT, "c", charges, new long[] {1});
    clock.addAndGet(40_000);
    assertThat(limits.reserveNow(TENANT, "d", charges).allowed()).isFalse();
    clock.addAndGet(20_000);
    assertThat(limits.reserveNow(TENANT, "e", charges).allowed()).isTrue();
  }

  @Test
  void aFloodOfSubjectsNeverHoldsMoreThanTheMaximum() {
    LimitView limit = limit("address", "requests", 1, Window.Hour);
    for (int i = 0; i < 10_000; i++) {
      limits.reserveNow(TENANT, "r", List.of(new Charge(limit, "a:" + i, 1)));
    }
    assertThat(limits.counters()).isEqualTo(100);
  }

  @Test
  void idleCountersAreForgotten() {
    limits.reserveNow(TENANT, "a", List.of(one(limit("tenant", "requests", 5, Window.Second))));
    limits.reserveNow(TENANT, "b", List.of(one(limit("open", "concurrency", 5, null))));
    clock.addAndGet(1_000);
    limits.sweep();
    assertThat(limits.counters()).isEqualTo(1);
    clock.addAndGet(60_000);
    limits.sweep();
    assertThat(limits.counters()).isZero();
    assertThat(
            limits
                .reserveNow(TENANT, "c", List.of(one(limit("open", "concurrency", 5, null))))
                .allowed())
        .isTrue();
  }

  /** Prints what two limits cost a request; fails only when something is badly wrong. */
  @Test
  void twoLimitsCostAFewHundredNanoseconds() {
    MemoryLimits real = new MemoryLimits();
    List<Charge> charges =
        List.of(
            one(limit("tenant", "requests", 1_000_000_000L, Window.Second)),
            one(limit("open", "concurrency", 50, null)));
    long[] used = {1, 1};
    String[] ids = new String[1_024];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "request-" + i;
    }
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 8; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 200_000; i++) {
        String id = ids[i & 1_023];
        if (!real.reserveNow(TENANT, id, charges).allowed()) {
          throw new AssertionError("refused");
        }
        real.settle(TENANT, id, charges, used);
      }
      best = Math.min(best, (System.nanoTime() - start) / 200_000);
    }
    System.out.println("memory, 2 charges, reserve + settle: " + best + " ns/op");
    assertThat(best).isLessThan(10_000);
  }
}

package dev.tollgate.core.limits;

import static dev.tollgate.core.limits.Given.now;
import static dev.tollgate.core.limits.Given.one;
import static dev.tollgate.core.limits.Given.redis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Quotas that all replicas count in a real Redis, in the call that counts limits. */
class AllowanceTest {
  private static final String TENANT = "t0123456789";
  private static final long NOW = System.currentTimeMillis();

  private static Allowance allowance(String meter, long included, long amount, long ledger) {
    return new Allowance(
        meter, "2026-11-01", NOW - 1_000_000, NOW + 1_000_000, included, amount, ledger);
  }

  private static RedisLimits connect(RedisProcess server) throws InterruptedException {
    RedisLimits limits = RedisLimits.connect(server.url(), null, Duration.ofSeconds(5), () -> 2);
    assertThat(limits.awaitConnection(Duration.ofSeconds(10))).isTrue();
    return limits;
  }

  private static Decision reserve(RedisLimits limits, String id, Allowance allowance)
      throws Exception {
    return now(limits.reserve(TENANT, id, List.of(), List.of(allowance)));
  }

  @Test
  void replicasThatAdmitAtTheSameTimeNeverOverrunAQuotaTogether() throws Exception {
    try (RedisProcess server = new RedisProcess();
        RedisLimits one = connect(server);
        RedisLimits two = connect(server);
        var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicInteger admitted = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(400);
      for (int i = 0; i < 400; i++) {
        RedisLimits replica = i % 2 == 0 ? one : two;
        String id = "r" + i;
        var _ =
            callers.submit(() -> {
              if (reserve(replica, id, allowance("requests", 100, 1, 0)).allowed()) {
                admitted.incrementAndGet();
              }
              done.countDown();
              return null;
            });
      }
      done.await();
      assertThat(admitted.get()).isEqualTo(100);
    }
  }

  @Test
  void aQuotaThatIsUsedUpTakesNothingFromLimitsAndSaysWhatIsUsed() throws Exception {
    Charge charge = one(redis("day", 10, Window.Day, WhenUnavailable.Closed));
    try (RedisProcess server = new RedisProcess();
        RedisLimits limits = connect(server)) {
      Allowance tokens = allowance("tokens", 1_000, 600, 0);
      assertThat(now(limits.reserve(TENANT, "a", List.of(charge), List.of(tokens))).allowed())
          .isTrue();
      Decision refused = now(limits.reserve(TENANT, "b", List.of(charge), List.of(tokens)));
      assertThat(refused.allowed()).isFalse();
      assertThat(refused.refusedBy()).isEqualTo(-1);
      assertThat(refused.exhausted()).isEqualTo(new Allowance.Exhausted(tokens, 600));
      assertThat(refused.states().getFirst().remaining()).isEqualTo(9);
      limits.settle(TENANT, "a", List.of(charge), List.of(tokens), new long[] {1, 100});
      assertThat(now(limits.reserve(TENANT, "c", List.of(charge), List.of(tokens))).allowed())
          .as("600 were an estimate; 100 were used")
          .isTrue();
    }
  }

  @Test
  void aRedisThatHasLostItsMemoryGoesOnFromWhatTheLedgerHolds() throws Exception {
    try (RedisProcess server = new RedisProcess();
        RedisLimits limits = connect(server)) {
      for (int i = 0; i < 90; i++) {
        assertThat(reserve(limits, "r" + i, allowance("requests", 100, 1, 0)).allowed()).isTrue();
      }
      server.kill();
      server.start();
      // let in by Redis alone: what is allowed was counted there
      Charge closed = one(redis("closed", 1_000, Window.Day, WhenUnavailable.Closed));
      Allowance known = allowance("requests", 100, 1, 90);
      int admitted = 0;
      Decision decision;
      do {
        Thread.sleep(5);
        decision = now(limits.reserve(TENANT, "s", List.of(closed), List.of(known)));
        admitted += decision.allowed() ? 1 : 0;
      } while (decision.exhausted() == null && admitted <= 10);
      assertThat(admitted).isEqualTo(10);
      assertThat(decision.exhausted()).isEqualTo(new Allowance.Exhausted(known, 100));
    }
  }

  @Test
  void withoutRedisNothingIsCountedHere() throws Exception {
    LimitsRouter router = new LimitsRouter(new MemoryLimits(), null);
    Allowance none = allowance("requests", 0, 1, 0);
    Decision decision = now(router.reserve(TENANT, "a", List.of(), List.of(none)));
    assertThat(decision).isEqualTo(Decision.UNLIMITED);
    router.settle(TENANT, "a", List.of(), List.of(none), new long[] {1});
  }

  @Test
  void chargesInMemoryAndAllowancesInRedisAreTakenTogetherOrNotAtAll() throws Exception {
    Charge here = one(Given.limit("here", "requests", 5, Window.Day));
    Charge there = one(redis("there", 50, Window.Day, WhenUnavailable.Closed));
    MemoryLimits memory = new MemoryLimits();
    try (RedisProcess server = new RedisProcess();
        RedisLimits redis = connect(server)) {
      LimitsRouter router = new LimitsRouter(memory, redis);
      Random random = new Random(1);
      List<Charge> charges = List.of(there, here);
      int admitted = 0;
      for (int i = 0; i < 40; i++) {
        Allowance bytes = allowance("bytes", 200, 100, 0);
        Decision decision = now(router.reserve(TENANT, "r" + i, charges, List.of(bytes)));
        if (decision.allowed()) {
          admitted++;
          long used = 60 + random.nextInt(10);
          router.settle(TENANT, "r" + i, charges, List.of(bytes), new long[] {1, 1, used});
        }
      }
      assertThat(admitted).as("two of 60 to 69, and 100 do not fit any more").isEqualTo(2);
      Decision next = memory.reserveNow(TENANT, "z", List.of(here));
      assertThat(next.states().get(0).remaining()).isEqualTo(2);
    }
  }
}

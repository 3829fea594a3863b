package dev.tollgate.core.limits;

import static dev.tollgate.core.limits.Given.TENANT;
import static dev.tollgate.core.limits.Given.now;
import static dev.tollgate.core.limits.Given.one;
import static dev.tollgate.core.limits.Given.redis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A real Redis, killed with -9 and started again. */
class RedisOutageTest {
  private static int admitted(RedisLimits limits, Charge charge, int tries) throws Exception {
    int admitted = 0;
    for (int i = 0; i < tries; i++) {
      if (now(limits.reserve(TENANT, "r" + i, List.of(charge))).allowed()) {
        admitted++;
      }
    }
    return admitted;
  }

  @Test
  void eachLimitDoesWhatItsPolicySaysWhileRedisIsAwayAndCountsThereAgainAfterwards()
      throws Exception {
    Charge open = one(redis("open", 4, Window.Day, WhenUnavailable.Open));
    Charge closed = one(redis("closed", 4, Window.Day, WhenUnavailable.Closed));
    Charge share = one(redis("share", 4, Window.Day, WhenUnavailable.LocalShare));
    Charge small = one(redis("small", 1, Window.Day, WhenUnavailable.LocalShare));
    try (RedisProcess server = new RedisProcess();
        RedisLimits limits =
            RedisLimits.connect(server.url(), null, Duration.ofMillis(500), () -> 2)) {
      assertThat(limits.awaitConnection(Duration.ofSeconds(10))).isTrue();
      assertThat(admitted(limits, share, 20)).isEqualTo(4);

      server.kill();
      assertThat(admitted(limits, closed, 20)).isZero();
      assertThat(admitted(limits, open, 20)).isEqualTo(20);
      assertThat(admitted(limits, share, 20)).as("half of 4 for one of 2 replicas").isEqualTo(2);
      assertThat(admitted(limits, small, 20)).as("at least 1").isEqualTo(1);
      assertThat(limits.available()).isFalse();

      long start = System.nanoTime();
      admitted(limits, open, 1_000);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("nobody waits for a Redis that is known to be away")
          .isLessThan(Duration.ofSeconds(2));

      server.start();
      long end = System.nanoTime() + 15_000_000_000L;
      while (!limits.available() && System.nanoTime() < end) {
        admitted(limits, open, 1);
        Thread.sleep(20);
      }
      assertThat(limits.available()).isTrue();
      assertThat(admitted(limits, closed, 20)).as("counted in Redis again").isEqualTo(4);
    }
  }

  @Test
  void whatASlowRedisTakesForRequestsThatWereRefusedMeanwhileIsGivenBack() throws Exception {
    Charge day = one(redis("day", 40, Window.Day, WhenUnavailable.Closed));
    try (RedisProcess server = new RedisProcess();
        RedisLimits limits =
            RedisLimits.connect(server.url(), null, Duration.ofMillis(50), () -> 2)) {
      assertThat(limits.awaitConnection(Duration.ofSeconds(10))).isTrue();
      int admitted = admitted(limits, day, 4);
      server.ask("CLIENT", "PAUSE", "1500");
      long end = System.nanoTime() + 1_000_000_000L;
      while (System.nanoTime() < end) {
        admitted += admitted(limits, day, 1);
        Thread.sleep(20);
      }
      probe(limits, true);
      Thread.sleep(200);
      admitted += admitted(limits, day, 100);
      assertThat(admitted).isEqualTo(40);
    }
  }

  @Test
  void whetherItIsThereIsKnownThoughNoRequestAsks() throws Exception {
    try (RedisProcess server = new RedisProcess();
        RedisLimits limits =
            RedisLimits.connect(server.url(), null, Duration.ofMillis(500), () -> 1)) {
      assertThat(limits.awaitConnection(Duration.ofSeconds(5))).isTrue();
      server.kill();
      probe(limits, false);
      server.start();
      probe(limits, true);
    }
  }

  private static void probe(RedisLimits limits, boolean until) throws Exception {
    long end = System.nanoTime() + 15_000_000_000L;
    while (limits.available() != until && System.nanoTime() < end) {
      limits.probe();
      Thread.sleep(100);
    }
    assertThat(limits.available()).isEqualTo(until);
  }

  @Test
  void aRedisThatIsAwayAtTheStartIsUsedWhenItComes() throws Exception {
    Charge closed = one(redis("closed", 4, Window.Day, WhenUnavailable.Closed));
    try (RedisProcess server = new RedisProcess()) {
      server.kill();
      try (RedisLimits limits =
          RedisLimits.connect(server.url(), null, Duration.ofMillis(500), () -> 1)) {
        assertThat(admitted(limits, closed, 5)).isZero();
        Decision refused = now(limits.reserve(TENANT, "told", List.of(closed), List.of()));
        assertThat(RateLimitHeaders.refusal(refused, null).detail())
            .contains("cannot be counted just now")
            .doesNotContain("used up");
        server.start();
        long end = System.nanoTime() + 15_000_000_000L;
        int admitted = 0;
        while (admitted == 0 && System.nanoTime() < end) {
          admitted = admitted(limits, closed, 1);
          Thread.sleep(20);
        }
        assertThat(admitted).isEqualTo(1);
      }
    }
  }

  @Test
  void chargesOfBothBackendsAreTakenTogetherOrNotAtAll() throws Exception {
    Charge here = one(Given.limit("here", "requests", 5, Window.Day));
    Charge there = one(redis("there", 1, Window.Day, WhenUnavailable.Closed));
    MemoryLimits memory = new MemoryLimits();
    try (RedisProcess server = new RedisProcess();
        RedisLimits redis =
            RedisLimits.connect(server.url(), null, Duration.ofSeconds(5), () -> 1)) {
      assertThat(redis.awaitConnection(Duration.ofSeconds(10))).isTrue();
      LimitsRouter limits = new LimitsRouter(memory, redis);
      assertThat(now(limits.reserve(TENANT, "a", List.of(there, here))).allowed()).isTrue();
      Decision refused = now(limits.reserve(TENANT, "b", List.of(here, there)));
      assertThat(refused.refusedBy()).isEqualTo(1);
      Decision next = memory.reserveNow(TENANT, "c", List.of(here));
      assertThat(next.states().get(0).remaining()).as("1 of a, 1 of c").isEqualTo(3);
    }
  }

  @Test
  void aWrongUrlIsRefusedWithoutRepeatingItsPassword() {
    assertThatThrownBy(() ->
            RedisLimits.connect("http://:hunter2@127.0.0.1:1", null, RedisLimits.TIMEOUT, () -> 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("redis://")
        .hasMessageNotContaining("hunter2");
  }
}

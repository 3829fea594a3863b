package dev.tollgate.core.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/** Whatever happens in whatever order, memory and a real Redis give the same answers. */
class RedisLimitsProperties {
  private static final Window[] WINDOWS = Window.values();
  private static @Nullable RedisProcess redis;
  private static @Nullable RedisLimits remote;
  private static final AtomicLong CLOCK = new AtomicLong();
  private static int tenants;

  @BeforeContainer
  static void start() throws Exception {
    RedisProcess started = new RedisProcess();
    InstantSource clock = () -> Instant.ofEpochMilli(CLOCK.get());
    RedisLimits limits =
        RedisLimits.connect(started.url(), null, Duration.ofSeconds(10), () -> 1, clock);
    assertThat(limits.awaitConnection(Duration.ofSeconds(10))).isTrue();
    redis = started;
    remote = limits;
  }

  @AfterContainer
  static void stop() throws Exception {
    if (remote != null) {
      remote.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  private record Open(String id, List<Charge> charges) {}

  @Property(tries = 120)
  void memoryAndRedisGiveTheSameAnswers(@ForAll long seed) throws Exception {
    RedisLimits limits = remote;
    assertThat(limits).isNotNull();
    Random random = new Random(seed);
    CLOCK.set(1_790_000_000_000L + random.nextInt(1_000_000_000));
    MemoryLimits memory =
        new MemoryLimits(CLOCK::get, MemoryLimits.MAX_COUNTERS_PER_TENANT, MemoryLimits.LEASE);
    String tenant = "default/t" + tenants++;
    List<LimitView> views = views(random);
    List<Open> open = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      CLOCK.addAndGet(pause(random));
      int action = random.nextInt(10);
      if (action < 6 || open.isEmpty()) {
        List<Charge> charges = charges(random, views);
        String id = "r" + step;
        Decision here = memory.reserveNow(tenant, id, charges);
        Decision there = Given.now(limits.reserve(tenant, id, charges));
        assertThat(there).as("seed %d step %d", seed, step).isEqualTo(here);
        if (here.allowed()) {
          open.add(new Open(id, charges));
        }
        continue;
      }
      Open one = open.get(random.nextInt(open.size()));
      long[] used = new long[one.charges.size()];
      for (int i = 0; i < used.length; i++) {
        long amount = one.charges.get(i).amount();
        used[i] = random.nextBoolean() ? amount : (long) (amount * 2 * random.nextDouble());
      }
      if (action == 6) {
        boolean here = Given.now(memory.renew(tenant, one.id, one.charges, used));
        boolean there = Given.now(limits.renew(tenant, one.id, one.charges, used));
        assertThat(there).as("seed %d step %d", seed, step).isEqualTo(here);
        continue;
      }
      memory.settle(tenant, one.id, one.charges, used);
      limits.settle(tenant, one.id, one.charges, used);
      if (random.nextInt(4) != 0) {
        open.remove(one); // now and then one is settled twice
      }
    }
  }

  private static long pause(Random random) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> 0;
      case 4 -> 60_000;
      case 5 -> random.nextInt(90_000);
      case 6 -> random.nextInt(100_000_000);
      default -> random.nextInt(700);
    };
  }

  private static List<LimitView> views(Random random) {
    List<LimitView> views = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int kind = random.nextInt(WINDOWS.length + 1);
      Window window = kind == WINDOWS.length ? null : WINDOWS[kind];
      String meter = window == null ? "concurrency" : random.nextBoolean() ? "requests" : "money";
      long quantity =
          window == null ? 1 + random.nextInt(5) : (long) Math.pow(2, 50 * random.nextDouble());
      long burst = random.nextBoolean() ? quantity : 1 + (long) (quantity * random.nextDouble());
      views.add(
          Given.limit(
              "l" + i,
              meter,
              random.nextInt(20) == 0 ? 0 : quantity,
              burst,
              window,
              LimitBackend.Redis,
              WhenUnavailable.Closed));
    }
    return views;
  }

  private static List<Charge> charges(Random random, List<LimitView> views) {
    List<Charge> charges = new ArrayList<>();
    for (LimitView view : views) {
      if (random.nextInt(3) != 0) {
        long most = Math.max(1, view.burst() / 2);
        long amount = view.window() == null ? 1 : (long) (most * random.nextDouble()) + 1;
        charges.add(new Charge(view, random.nextBoolean() ? "" : "k:1", amount));
      }
    }
    return charges;
  }
}

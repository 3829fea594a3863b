package dev.tollgate.app.wiring;

import dev.tollgate.core.limits.LimitsRouter;
import dev.tollgate.core.limits.RedisLimits;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.ServingState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps limits in the Redis that the gateway pool names, also when it names another one. */
public final class RedisFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RedisFollower.class);

  private final String pool;
  private final LiveServing serving;
  private final Secrets secrets;
  private final LimitsRouter limits;
  private @Nullable Target target;
  private volatile @Nullable RedisLimits redis;

  private record Target(String url, @Nullable String password) {}

  RedisFollower(
      String pool,
      LiveServing serving,
      Secrets secrets,
      LimitsRouter limits,
      MeterRegistry meters) {
    this.pool = pool;
    this.serving = serving;
    this.secrets = secrets;
    this.limits = limits;
    Gauge.builder("tollgate.redis.available", this, RedisFollower::available)
        .description("1 while the pool's Redis answers, 0 while it does not; NaN where it has none")
        .register(meters);
  }

  private double available() {
    var now = redis;
    return now == null ? Double.NaN : now.available() ? 1 : 0;
  }

  /** Asks the pool's Redis, if it has one, whether it is there. */
  public void probe() {
    var now = redis;
    if (now != null) {
      now.probe();
    }
  }

  /** Where the pool's Redis is, if it has one that has not answered for seconds; null otherwise. */
  public @Nullable String away() {
    var now = redis;
    return now == null || !now.away() ? null : now.address();
  }

  synchronized void follow(ServingState state) {
    var view = state.shared().gatewayPools().get(pool);
    var url = view == null ? null : view.redisUrl();
    Target wanted = null;
    if (view != null && url != null) {
      var ref = view.redisPassword();
      wanted =
          new Target(
              url,
              ref == null
                  ? null
                  : secrets
                      .read(ref, SecretUse.REDIS)
                      .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
                      .orElse(null));
    }
    if (Objects.equals(wanted, target)) {
      return;
    }
    try {
      var next = wanted == null ? null : connect(wanted);
      close(limits.use(next));
      redis = next;
      target = wanted;
    } catch (IllegalArgumentException e) {
      LOG.warn("The Redis of gateway pool {} cannot be used: {}", pool, e.getMessage());
    }
  }

  private RedisLimits connect(Target to) {
    var password = to.password();
    return RedisLimits.connect(
        to.url(),
        password == null ? null : password.toCharArray(),
        RedisLimits.TIMEOUT,
        () -> serving.readyReplicas(pool));
  }

  private static void close(@Nullable RedisLimits before) {
    if (before != null) {
      before.close();
    }
  }

  @Override
  public synchronized void close() {
    close(limits.use(null));
    redis = null;
    target = null;
  }
}

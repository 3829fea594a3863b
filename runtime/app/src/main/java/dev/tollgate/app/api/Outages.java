package dev.tollgate.app.api;

import dev.tollgate.app.wiring.RedisFollower;
import dev.tollgate.app.wiring.RuntimeSettings;
import dev.tollgate.core.metering.UsageShipper;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.StoreFailure;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.shard.Engine;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What this replica needs and cannot use: databases of its tenants, and Redis. It looks when it is
 * asked, at each database on a thread of its own, so that one that is away keeps nobody waiting.
 * Told is what failed at two looks in a row, so that a short restart is not. Any thread.
 */
@Singleton
final class Outages {

  private static final long PAUSE_NANOS = Duration.ofSeconds(2).toNanos();
  private static final int TELLING = 2;

  private final LiveServing serving;
  private final Databases databases;
  private final UsageShipper shipper;
  private final RedisFollower redis;
  private final String pool;
  private final Map<String, Look> looks = new HashMap<>();
  private int redisFailures;
  private boolean begun;
  private long lookedAt;

  /**
   * What is told.
   *
   * @param shards in words what is the matter with each shard that cannot be used, by its name
   * @param redis where the Redis is that does not answer; empty when it does, or there is none
   */
  record Told(SortedMap<String, String> shards, String redis) {}

  /** How one shard was found; guarded by this object's lock. */
  private static final class Look {
    private boolean asking;
    private boolean asked;
    private int failures;
    private String words = "";
  }

  Outages(
      LiveServing serving,
      Databases databases,
      UsageShipper shipper,
      RedisFollower redis,
      RuntimeSettings settings) {
    this.serving = serving;
    this.databases = databases;
    this.shipper = shipper;
    this.redis = redis;
    this.pool = settings.pool();
  }

  /** What was found lately; looks again when that is some time ago. Empty until all were asked. */
  synchronized Optional<Told> now() {
    if (!begun || System.nanoTime() - lookedAt >= PAUSE_NANOS) {
      begun = true;
      lookedAt = System.nanoTime();
      look();
    }
    if (!looks.values().stream().allMatch(look -> look.asked)) {
      return Optional.empty();
    }
    var shards = new TreeMap<String, String>();
    looks.forEach((shard, look) -> {
      if (look.failures >= TELLING) {
        shards.put(shard, look.words);
      }
    });
    var away = redisFailures >= TELLING ? redis.away() : null;
    return Optional.of(new Told(shards, away == null ? "" : away));
  }

  private void look() {
    redis.probe();
    redisFailures = redis.away() == null ? 0 : redisFailures + 1;
    var shards = shards();
    looks.keySet().retainAll(shards);
    for (var shard : shards) {
      var look = looks.computeIfAbsent(shard, s -> new Look());
      if (!look.asking) {
        look.asking = true;
        Thread.ofVirtual().name("look-" + shard).start(() -> ask(shard, look));
      }
    }
  }

  /**
   * Those with tenants, those that owe the log an answer, the platform database's server, and the
   * External ones that a plan of this pool puts tenants on, so that a wrong password is told before
   * the first tenant comes.
   */
  private SortedSet<String> shards() {
    var shards = new TreeSet<String>();
    var state = serving.current();
    state.tenants().values().forEach(tenant -> shards.add(Placement.server(tenant.shard())));
    shipper.failing().keySet().forEach(shard -> shards.add(Placement.server(shard)));
    var gateway = state.shared().gatewayPools().get(pool);
    var platform =
        gateway == null ? null : state.shared().shardPools().get(gateway.platformShardPool());
    if (platform != null && platform.engine() != Engine.Embedded) {
      shards.addAll(platform.shardNames().subList(0, Math.min(1, platform.shardNames().size())));
    }
    for (var plan : state.shared().plans().values()) {
      var named = state.shared().shardPools().get(plan.shardPool());
      if (plan.gatewayPool().equals(pool) && named != null && named.engine() == Engine.External) {
        shards.addAll(named.shardNames());
      }
    }
    return shards;
  }

  private void ask(String shard, Look look) {
    var failure = failure(shard);
    synchronized (this) {
      look.asking = false;
      look.asked = true;
      look.failures = failure == null ? 0 : look.failures + 1;
      look.words = failure == null ? "" : StoreFailure.words(failure);
    }
  }

  /** Why it does not answer, or why it takes no usage though it does; null when all is well. */
  private @Nullable Throwable failure(String shard) {
    try (var connection = databases.shard(shard).getConnection();
        var statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    } catch (SQLException | RuntimeException e) {
      return e;
    }
    return shipper.failing().entrySet().stream()
        .filter(failing -> Placement.server(failing.getKey()).equals(shard))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }
}

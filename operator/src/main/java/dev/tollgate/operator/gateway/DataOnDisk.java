package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which of a gateway pool's data is on its own disk: its platform database, where that is Embedded,
 * and the Embedded shard pools whose tenants it alone serves. A second replica would have another
 * disk, and with it other tenants, keys and bills.
 */
record DataOnDisk(SortedSet<String> embedded, boolean unknown) {

  private static final String DEFAULT = "default";

  /**
   * @param shardPools the ShardPool of a name, or null where there is none
   * @param tenants those that name a pool themselves
   */
  static DataOnDisk of(
      GatewayPool pool,
      Shared shared,
      Stream<Tenant> tenants,
      Function<String, @Nullable ShardPool> shardPools) {
    var embedded = new TreeSet<>(shared.disks().on(pool.getMetadata().getName()));
    var platform = shardPools.apply(platform(pool));
    if (platform != null && isEmbedded(platform)) {
      embedded.add(platform(pool));
    }
    var unknown = false;
    for (var name : used(pool, shared, tenants)) {
      var shards = shardPools.apply(name);
      unknown |= shards == null || (isEmbedded(shards) && !shared.disks().know(name));
    }
    return new DataOnDisk(embedded, unknown);
  }

  private static boolean isEmbedded(ShardPool shards) {
    return shards.getSpec() != null && shards.getSpec().engine() == Engine.Embedded;
  }

  private static String platform(GatewayPool pool) {
    var platform = pool.getSpec() == null ? null : pool.getSpec().platformDatabase();
    return platform == null ? DEFAULT : platform.shardPool();
  }

  /** The shard pools that are asked for. */
  private static SortedSet<String> used(GatewayPool pool, Shared shared, Stream<Tenant> tenants) {
    var name = pool.getMetadata().getName();
    var used = new TreeSet<String>();
    used.add(platform(pool));
    for (var plan : shared.plans().values()) {
      if (plan.gatewayPool().equals(name)) {
        used.add(plan.shardPool());
      }
    }
    tenants.forEach(tenant -> {
      if (name.equals(Placement.wantedGatewayPool(shared, tenant))) {
        used.add(Placement.wantedPool(shared, tenant));
      }
    });
    return used;
  }

  /**
   * Whether there can be one replica only. While a ShardPool is not there nothing is known: a pool
   * then begins with one replica, and one that runs with more keeps them.
   */
  boolean oneReplica(@Nullable StatefulSet now) {
    if (!embedded.isEmpty()) {
      return true;
    }
    var running = now == null ? null : now.getSpec().getReplicas();
    return unknown && (running == null || running <= 1);
  }

  /** Why one is all there can be, and what to do about it. */
  String words(String pool, int asked) {
    return "The pool is valid, but has one replica where "
        + asked
        + " are asked for: its data in ShardPool "
        + String.join(", ", embedded)
        + " is Embedded, on the disk of one replica. For more, create a Managed or External"
        + " ShardPool and name it in spec.platformDatabase of GatewayPool "
        + pool
        + " and in spec.shardPool of its Plans; a tenant stays where it is, so delete the Embedded"
        + " pool once no tenant is on it.";
  }
}

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
 * Which of a gateway pool's data is on its own disk: the Embedded shard pools that its platform
 * database, its plans or its tenants use. A second replica would have another disk, and with it
 * other tenants, keys and bills.
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
    var used = used(pool, shared, tenants);
    var embedded = new TreeSet<String>();
    var unknown = false;
    for (var name : used) {
      var shards = shardPools.apply(name);
      if (shards == null) {
        unknown = true;
      } else if (shards.getSpec() != null && shards.getSpec().engine() == Engine.Embedded) {
        embedded.add(name);
      }
    }
    return new DataOnDisk(embedded, unknown);
  }

  private static SortedSet<String> used(GatewayPool pool, Shared shared, Stream<Tenant> tenants) {
    var name = pool.getMetadata().getName();
    var platform = pool.getSpec() == null ? null : pool.getSpec().platformDatabase();
    var used = new TreeSet<String>();
    used.add(platform == null ? DEFAULT : platform.shardPool());
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
        + " and in spec.shardPool of its Plans and Tenants.";
  }
}

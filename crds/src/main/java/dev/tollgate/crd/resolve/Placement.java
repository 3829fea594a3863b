package dev.tollgate.crd.resolve;

import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.DefaultPool;
import dev.tollgate.crd.view.PlanView;

/**
 * Identity and place of a tenant, for ever. {@code tenantId} is random and never reused; {@code
 * shard} is a shard of the pool, or {@code SHARD/TENANT_ID} where the tenant has a database of its
 * own on the shard's server.
 */
public record Placement(
    String tenantId, String namespace, String name, String uid, String shardPool, String shard) {

  /** Name of the shard, without a database of its own. */
  public String server() {
    return server(shard);
  }

  /** Name of the shard in what a placement calls one. */
  public static String server(String shard) {
    var slash = shard.indexOf('/');
    return slash < 0 ? shard : shard.substring(0, slash);
  }

  /** What a new placement calls the shard, by the isolation that the plan buys. */
  public static String on(String shard, String tenantId, PlanView plan) {
    return plan.isolation() == Isolation.Dedicated ? shard + "/" + tenantId : shard;
  }

  /** The pool that a tenant asks for: its own word, its plan's, or the default one. */
  public static String wantedPool(Shared shared, Tenant tenant) {
    var own = tenant.getSpec().shardPool();
    var plan = shared.plans().get(tenant.getSpec().plan());
    return own != null ? own : plan == null ? DefaultPool.NAME : plan.shardPool();
  }

  /** The gateway pool that serves a tenant: that with its data, or else the one it asks for. */
  public static String gatewayPool(Shared shared, Tenant tenant) {
    var holder = shared.disks().of(pool(shared, tenant));
    return holder == null ? wantedGatewayPool(shared, tenant) : holder;
  }

  /** The pool that a tenant is placed in, by its status; the one it asks for where it is not. */
  private static String pool(Shared shared, Tenant tenant) {
    var shard = tenant.getStatus() == null ? null : tenant.getStatus().shard();
    if (shard != null) {
      for (var pool : shared.shardPools().values()) {
        if (pool.shardNames().contains(server(shard))) {
          return pool.name();
        }
      }
    }
    return wantedPool(shared, tenant);
  }

  /** The gateway pool that a tenant asks for: its own word, its plan's, or the default one. */
  public static String wantedGatewayPool(Shared shared, Tenant tenant) {
    var own = tenant.getSpec().gatewayPool();
    var plan = shared.plans().get(tenant.getSpec().plan());
    return own != null ? own : plan == null ? DefaultPool.NAME : plan.gatewayPool();
  }

  /** Where a tenant would be, to judge one that has no place yet. */
  public static Placement imagined(Shared shared, Tenant tenant) {
    var pool = wantedPool(shared, tenant);
    var shards = shared.shardPools().get(pool);
    var meta = tenant.getMetadata();
    var namespace = meta.getNamespace();
    return new Placement(
        "t-" + meta.getName(),
        namespace == null ? "" : namespace,
        meta.getName(),
        "",
        pool,
        shards == null || shards.shardNames().isEmpty()
            ? pool + "-0"
            : shards.shardNames().getFirst());
  }
}

package dev.tollgate.crd.resolve;

import dev.tollgate.crd.tenant.Tenant;

/** Places as a platform database would hold them for tenants that just came. */
final class Places {
  private Places() {}

  static Placement of(Shared shared, Tenant tenant) {
    String name = tenant.getMetadata().getName();
    PlanView plan = shared.plans().get(tenant.getSpec().plan());
    String pool = tenant.getSpec().shardPool();
    if (pool == null) {
      pool = plan == null ? "default" : plan.shardPool();
    }
    ShardPoolView shards = shared.shardPools().get(pool);
    String shard = shards == null ? pool + "-0" : shards.shardNames().getFirst();
    return new Placement("t-" + name, "shop", name, "uid-" + name, pool, shard);
  }
}

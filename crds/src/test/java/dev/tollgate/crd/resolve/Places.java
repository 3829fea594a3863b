package dev.tollgate.crd.resolve;

import dev.tollgate.crd.tenant.Tenant;

/** Places as a platform database would hold them for tenants that just came. */
final class Places {
  private Places() {}

  static Placement of(Shared shared, Tenant tenant) {
    Placement imagined = Placement.imagined(shared, tenant);
    return new Placement(
        imagined.tenantId(),
        "shop",
        imagined.name(),
        "uid-" + imagined.name(),
        imagined.shardPool(),
        imagined.shard());
  }
}

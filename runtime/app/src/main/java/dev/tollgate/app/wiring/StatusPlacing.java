package dev.tollgate.app.wiring;

import dev.tollgate.core.tenancy.Placing;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.tenant.Tenant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Placements that the operator made, read from the tenants' status. */
final class StatusPlacing implements Placing {

  @Override
  public Result place(Shared shared, Collection<Tenant> tenants) {
    Map<String, String> pools = new HashMap<>();
    for (var pool : shared.shardPools().values()) {
      pool.shardNames().forEach(shard -> pools.put(shard, pool.name()));
    }
    Map<String, Placement> placed = new HashMap<>();
    for (var tenant : tenants) {
      var status = tenant.getStatus();
      if (status != null && status.id() != null && status.shard() != null) {
        var meta = tenant.getMetadata();
        placed.put(
            meta.getName(),
            new Placement(
                status.id(),
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                Objects.requireNonNullElse(pools.get(Placement.server(status.shard())), "default"),
                status.shard()));
      }
    }
    return new Result(placed, Map.of());
  }
}

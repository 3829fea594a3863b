package dev.tollgate.crd.resolve;

import java.util.List;
import java.util.Map;

/** Everything tenants have in common, resolved. */
public record Shared(
    Map<String, PlanView> plans,
    List<RouteView> routes,
    Map<String, GatewayPoolView> gatewayPools,
    Map<String, ShardPoolView> shardPools,
    Map<String, List<LimitView>> tenantLimits,
    List<Finding> findings) {}

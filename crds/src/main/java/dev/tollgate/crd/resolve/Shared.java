package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.BillingView;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.PromptView;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.crd.view.ShardPoolView;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything tenants have in common, resolved. {@code routes} are in order of precedence: the first
 * that matches a request serves it (host name before none, longer path before shorter, named
 * methods before all). {@code issuerOwners} tells which trust an issuer and audience belong to, as
 * {@code GatewayPool/NAME} or {@code Tenant/NAME}. A model is served by at most one of {@code
 * modelRoutes} in a pool; {@code billing} is null where nothing is charged; {@code disks} tells
 * which gateway pool alone can serve a shard pool.
 */
public record Shared(
    Map<String, PlanView> plans,
    List<RouteView> routes,
    Map<String, GatewayPoolView> gatewayPools,
    Map<String, ShardPoolView> shardPools,
    Map<String, List<LimitView>> tenantLimits,
    List<Finding> findings,
    Map<IssuerAudience, String> issuerOwners,
    List<ModelRouteView> modelRoutes,
    Map<String, PromptView> prompts,
    Map<String, ExperimentView> experiments,
    @Nullable BillingView billing,
    Disks disks) {

  public Shared {
    plans = Map.copyOf(plans);
    routes = List.copyOf(routes);
    gatewayPools = Map.copyOf(gatewayPools);
    shardPools = Map.copyOf(shardPools);
    tenantLimits = Map.copyOf(tenantLimits);
    findings = List.copyOf(findings);
    issuerOwners = Map.copyOf(issuerOwners);
    modelRoutes = List.copyOf(modelRoutes);
    prompts = Map.copyOf(prompts);
    experiments = Map.copyOf(experiments);
  }
}

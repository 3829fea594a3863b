package dev.tollgate.crd.manifest;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The resources of one namespace, each kind by name. Immutable; resources must not be changed. */
public record Manifests(
    Map<String, Tenant> tenants,
    Map<String, Plan> plans,
    Map<String, RateLimitPolicy> policies,
    Map<String, ApiRoute> routes,
    Map<String, ShardPool> shardPools,
    Map<String, GatewayPool> gatewayPools,
    Map<String, ModelRoute> modelRoutes,
    Map<String, ModelServer> modelServers,
    Map<String, PromptTemplate> prompts,
    Map<String, Experiment> experiments,
    Map<String, BillingProvider> billing) {

  /** No resources at all. */
  public static final Manifests EMPTY = of(List.of());

  public Manifests {
    tenants = Map.copyOf(tenants);
    plans = Map.copyOf(plans);
    policies = Map.copyOf(policies);
    routes = Map.copyOf(routes);
    shardPools = Map.copyOf(shardPools);
    gatewayPools = Map.copyOf(gatewayPools);
    modelRoutes = Map.copyOf(modelRoutes);
    modelServers = Map.copyOf(modelServers);
    prompts = Map.copyOf(prompts);
    experiments = Map.copyOf(experiments);
    billing = Map.copyOf(billing);
  }

  /** All resources, in no order. */
  public Stream<HasMetadata> all() {
    return Stream.of(
            tenants,
            plans,
            policies,
            routes,
            shardPools,
            gatewayPools,
            modelRoutes,
            modelServers,
            prompts,
            experiments,
            billing)
        .flatMap(kind -> kind.values().stream());
  }

  /** Sorts resources by kind and name; the last of a name wins, other kinds are passed over. */
  public static Manifests of(Iterable<? extends HasMetadata> resources) {
    Map<String, Tenant> tenants = new HashMap<>();
    Map<String, Plan> plans = new HashMap<>();
    Map<String, RateLimitPolicy> policies = new HashMap<>();
    Map<String, ApiRoute> routes = new HashMap<>();
    Map<String, ShardPool> shardPools = new HashMap<>();
    Map<String, GatewayPool> gatewayPools = new HashMap<>();
    Map<String, ModelRoute> modelRoutes = new HashMap<>();
    Map<String, ModelServer> modelServers = new HashMap<>();
    Map<String, PromptTemplate> prompts = new HashMap<>();
    Map<String, Experiment> experiments = new HashMap<>();
    Map<String, BillingProvider> billing = new HashMap<>();
    for (HasMetadata resource : resources) {
      String name = resource.getMetadata().getName();
      switch (resource) {
        case Tenant tenant -> tenants.put(name, tenant);
        case Plan plan -> plans.put(name, plan);
        case RateLimitPolicy policy -> policies.put(name, policy);
        case ApiRoute route -> routes.put(name, route);
        case ShardPool pool -> shardPools.put(name, pool);
        case GatewayPool pool -> gatewayPools.put(name, pool);
        case ModelRoute route -> modelRoutes.put(name, route);
        case ModelServer server -> modelServers.put(name, server);
        case PromptTemplate prompt -> prompts.put(name, prompt);
        case Experiment experiment -> experiments.put(name, experiment);
        case BillingProvider provider -> billing.put(name, provider);
        default -> {}
      }
    }
    return new Manifests(
        tenants,
        plans,
        policies,
        routes,
        shardPools,
        gatewayPools,
        modelRoutes,
        modelServers,
        prompts,
        experiments,
        billing);
  }
}

package dev.tollgate.crd.resolve;

import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.resolve.prompt.ExperimentResolution;
import dev.tollgate.crd.resolve.prompt.PromptResolution;
import dev.tollgate.crd.resolve.route.ApiRoutes;
import dev.tollgate.crd.resolve.route.ModelRouteResolution;
import dev.tollgate.crd.resolve.route.ModelServerResolution;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import dev.tollgate.crd.view.BillingView;
import dev.tollgate.crd.view.DefaultPool;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.PromptView;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.crd.view.ShardPoolView;
import dev.tollgate.crd.view.TrustView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From resources to what is served. Pure: the same input gives the same output, without I/O.
 *
 * <p>A finding of condition Accepted keeps its resource out of the view (a wrong trust only
 * itself); one of ResolvedRefs leaves out what is missing and serves the rest.
 */
public final class Resolver {
  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::kind)
          .thenComparing(Finding::name)
          .thenComparing(Finding::path)
          .thenComparing(Finding::reason)
          .thenComparing(Finding::message);

  /**
   * Who comes first where only one can be served: RFC 3339 in UTC orders as text; what has no time,
   * as in files, is taken as the oldest, and of the same age the name decides.
   */
  public static final Comparator<HasMetadata> OLDEST_FIRST =
      Comparator.<HasMetadata, String>comparing(Resolver::created)
          .thenComparing(resource -> resource.getMetadata().getName());

  private Resolver() {}

  /**
   * Resolves all that tenants have in common, and whom each issuer belongs to, of a folder: pools
   * that it does not have are implied, and every pool is on one disk.
   */
  public static Shared shared(Manifests manifests) {
    return shared(manifests, OLDEST_FIRST);
  }

  /**
   * The same.
   *
   * @param order of two resources that claim the same, the first has it
   */
  public static Shared shared(Manifests manifests, Comparator<HasMetadata> order) {
    return shared(manifests, order, false);
  }

  /**
   * The same of a cluster: no pool is implied, for a real one may come later and have other shards,
   * and each gateway pool has a disk of its own.
   */
  public static Shared ofCluster(Manifests manifests) {
    return shared(manifests, OLDEST_FIRST, true);
  }

  private static Shared shared(
      Manifests manifests, Comparator<HasMetadata> order, boolean cluster) {
    List<Finding> findings = new ArrayList<>();
    Map<IssuerAudience, String> owners = owners(manifests, order);
    PolicyResolution policies = new PolicyResolution(manifests);
    policies.resolveAll(findings);

    Map<String, ShardPoolView> shardPools = new HashMap<>();
    manifests
        .shardPools()
        .forEach((name, pool) -> {
          ShardPoolView view =
              PoolResolution.shardPool(name, pool, new Findings("ShardPool", name, findings));
          put(shardPools, name, view);
        });
    if (manifests.shardPools().isEmpty() && !cluster) {
      shardPools.put(DefaultPool.NAME, PoolResolution.impliedShardPool());
    }

    Map<String, GatewayPoolView> gatewayPools = new HashMap<>();
    manifests
        .gatewayPools()
        .forEach((name, pool) -> {
          GatewayPoolView view =
              PoolResolution.gatewayPool(
                  name,
                  pool,
                  shardPools,
                  owners,
                  policies.limits("GatewayPool", name),
                  new Findings("GatewayPool", name, findings));
          put(gatewayPools, name, view);
        });
    if (manifests.gatewayPools().isEmpty() && !cluster) {
      gatewayPools.put(
          DefaultPool.NAME,
          PoolResolution.impliedGatewayPool(policies.limits("GatewayPool", DefaultPool.NAME)));
    }

    ModelServerResolution.resolveAll(manifests, findings);
    List<ModelRouteView> modelRoutes =
        ModelRouteResolution.resolveAll(
            manifests, order, gatewayPools, name -> policies.limits("ModelRoute", name), findings);
    Set<String> models = new HashSet<>();
    modelRoutes.forEach(route -> models.addAll(route.models()));

    Map<String, PlanView> plans = new HashMap<>();
    manifests
        .plans()
        .forEach((name, plan) -> {
          PlanView view =
              PlanResolution.resolve(
                  name,
                  plan,
                  gatewayPools,
                  shardPools,
                  models,
                  policies.limits("Plan", name),
                  new Findings("Plan", name, findings));
          put(plans, name, view);
        });

    List<RouteView> routes =
        ApiRoutes.resolveAll(
            manifests, order, gatewayPools, name -> policies.limits("ApiRoute", name), findings);
    Weights.check(routes, plans.values(), findings);
    Weights.check(modelRoutes, plans.values(), findings);
    Map<String, PromptView> prompts = PromptResolution.resolveAll(manifests, models, findings);
    Map<String, ExperimentView> experiments =
        ExperimentResolution.resolveAll(manifests, prompts, findings);
    BillingView billing = BillingResolution.resolve(manifests, order, findings);
    findings.sort(ORDER);
    return new Shared(
        plans,
        routes,
        gatewayPools,
        shardPools,
        policies.tenantLimits(),
        findings,
        owners,
        modelRoutes,
        prompts,
        experiments,
        billing,
        cluster ? Disks.apart(manifests, order) : Disks.ONE);
  }

  /**
   * Resolves one tenant at its place. Depends on nothing but the arguments, so after a change of
   * one tenant only that tenant is resolved again, unless {@link #changesShared} says otherwise.
   */
  public static TenantResult tenant(Shared shared, Tenant tenant, Placement placement) {
    return TenantResolution.resolve(shared, tenant, placement);
  }

  /** Resources other than tenants that are not served at all, as {@code Kind/name}. */
  public static Set<String> unserved(Manifests manifests, Shared shared) {
    Set<String> unserved = new HashSet<>();
    without("ShardPool", manifests.shardPools().keySet(), shared.shardPools().keySet(), unserved);
    without(
        "GatewayPool", manifests.gatewayPools().keySet(), shared.gatewayPools().keySet(), unserved);
    without("Plan", manifests.plans().keySet(), shared.plans().keySet(), unserved);
    without("PromptTemplate", manifests.prompts().keySet(), shared.prompts().keySet(), unserved);
    without(
        "Experiment", manifests.experiments().keySet(), shared.experiments().keySet(), unserved);
    without(
        "ApiRoute", manifests.routes().keySet(), names(shared.routes(), r -> r.name()), unserved);
    without(
        "ModelRoute",
        manifests.modelRoutes().keySet(),
        names(shared.modelRoutes(), r -> r.name()),
        unserved);
    return unserved;
  }

  private static <V> Set<String> names(List<V> views, Function<V, String> name) {
    return views.stream().map(name).collect(Collectors.toSet());
  }

  private static void without(
      String kind, Set<String> all, Set<String> served, Set<String> unserved) {
    for (String name : all) {
      if (!served.contains(name)) {
        unserved.add(kind + "/" + name);
      }
    }
  }

  /** The good trusts of one tenant, whether it can be served or not. */
  public static List<TrustView> trusts(Shared shared, Tenant tenant) {
    String name = tenant.getMetadata().getName();
    return TrustResolution.resolve(
        trusts(tenant), name, "Tenant/" + name, shared.issuerOwners(), Findings.of("Tenant", name));
  }

  /**
   * Whether {@link #shared} must be resolved again after one tenant came ({@code before} null),
   * went ({@code after} null) or changed: when issuers may change hands, or a policy names it.
   */
  public static boolean changesShared(
      Shared shared, @Nullable Tenant before, @Nullable Tenant after) {
    if (before == null && after == null) {
      return false;
    }
    if (!trusts(before).equals(trusts(after))) {
      return true;
    }
    if (before == null || after == null) {
      Tenant one = before == null ? Objects.requireNonNull(after) : before;
      return shared.tenantLimits().containsKey(one.getMetadata().getName());
    }
    return !trusts(before).isEmpty() && !created(before).equals(created(after));
  }

  private static <V> void put(Map<String, V> map, String name, @Nullable V value) {
    if (value != null) {
      map.put(name, value);
    }
  }

  private static List<Trust> trusts(@Nullable Tenant tenant) {
    TenantSpec spec = tenant == null ? null : tenant.getSpec();
    return spec == null || spec.trusts() == null ? List.of() : spec.trusts();
  }

  private static String created(HasMetadata resource) {
    String created = resource.getMetadata().getCreationTimestamp();
    return created == null ? "" : created;
  }

  private static Map<IssuerAudience, String> owners(
      Manifests manifests, Comparator<HasMetadata> order) {
    Map<IssuerAudience, String> owners = new HashMap<>();
    manifests.gatewayPools().values().stream()
        .filter(p -> p.getSpec() != null && p.getSpec().trusts() != null)
        .sorted(order)
        .forEach(pool ->
            claim(
                Objects.requireNonNull(pool.getSpec().trusts()),
                "GatewayPool/" + pool.getMetadata().getName(),
                owners));
    manifests.tenants().values().stream()
        .filter(tenant -> !trusts(tenant).isEmpty())
        .sorted(order)
        .forEach(t -> claim(trusts(t), "Tenant/" + t.getMetadata().getName(), owners));
    return owners;
  }

  private static void claim(List<Trust> trusts, String owner, Map<IssuerAudience, String> owners) {
    for (Trust trust : trusts) {
      for (String audience : trust.audiences()) {
        owners.putIfAbsent(new IssuerAudience(trust.issuer(), audience), owner);
      }
    }
  }
}

package dev.tollgate.crd.resolve;

import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
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

  private Resolver() {}

  /** Resolves all that tenants have in common, and whom each issuer belongs to. */
  public static Shared shared(Manifests manifests) {
    List<Finding> findings = new ArrayList<>();
    Map<IssuerAudience, String> owners = owners(manifests);
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
    if (manifests.shardPools().isEmpty()) {
      shardPools.put(PoolResolution.DEFAULT, PoolResolution.impliedShardPool());
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
    if (manifests.gatewayPools().isEmpty()) {
      gatewayPools.put(
          PoolResolution.DEFAULT,
          PoolResolution.impliedGatewayPool(
              policies.limits("GatewayPool", PoolResolution.DEFAULT)));
    }

    ModelServerResolution.resolveAll(manifests, findings);
    List<ModelRouteView> modelRoutes =
        ModelRouteResolution.resolveAll(manifests, gatewayPools, policies, findings);
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

    List<RouteView> routes = routes(manifests, gatewayPools, policies, findings);
    Map<String, PromptView> prompts = PromptResolution.resolveAll(manifests, models, findings);
    Map<String, ExperimentView> experiments =
        ExperimentResolution.resolveAll(manifests, prompts, findings);
    BillingView billing = BillingResolution.resolve(manifests, findings);
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
        billing);
  }

  /**
   * Resolves one tenant at its place. Depends on nothing but the arguments, so after a change of
   * one tenant only that tenant is resolved again, unless {@link #changesShared} says otherwise.
   */
  public static TenantResult tenant(Shared shared, Tenant tenant, Placement placement) {
    return TenantResolution.resolve(shared, tenant, placement);
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

  /** RFC 3339 in UTC orders as text; what has no time, as in files, is taken as the oldest. */
  static String created(io.fabric8.kubernetes.api.model.HasMetadata resource) {
    String created = resource.getMetadata().getCreationTimestamp();
    return created == null ? "" : created;
  }

  private static Map<IssuerAudience, String> owners(Manifests manifests) {
    Map<IssuerAudience, String> owners = new HashMap<>();
    manifests.gatewayPools().values().stream()
        .filter(p -> p.getSpec() != null && p.getSpec().trusts() != null)
        .sorted(
            Comparator.comparing(Resolver::created).thenComparing(p -> p.getMetadata().getName()))
        .forEach(pool ->
            claim(
                Objects.requireNonNull(pool.getSpec().trusts()),
                "GatewayPool/" + pool.getMetadata().getName(),
                owners));
    manifests.tenants().values().stream()
        .filter(tenant -> !trusts(tenant).isEmpty())
        .sorted(
            Comparator.comparing(Resolver::created).thenComparing(t -> t.getMetadata().getName()))
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

  private static List<RouteView> routes(
      Manifests manifests,
      Map<String, GatewayPoolView> pools,
      PolicyResolution policies,
      List<Finding> findings) {
    List<ApiRoute> oldestFirst = new ArrayList<>(new TreeMap<>(manifests.routes()).values());
    oldestFirst.sort(Comparator.comparing(Resolver::created));
    Map<Slot, String> taken = new HashMap<>();
    List<RouteView> views = new ArrayList<>();
    for (ApiRoute route : oldestFirst) {
      String name = route.getMetadata().getName();
      Findings to = new Findings("ApiRoute", name, findings);
      RouteView view =
          RouteResolution.resolve(
              name, route, manifests, pools, policies.limits("ApiRoute", name), to);
      if (view == null) {
        continue;
      }
      Set<Slot> slots = slots(view);
      Slot lost =
          slots.stream().filter(taken::containsKey).sorted(Slot.ORDER).findFirst().orElse(null);
      if (lost != null) {
        to.refuse(
            "RouteConflict",
            "spec.match",
            "route "
                + taken.get(lost)
                + " is older and already serves "
                + lost.show()
                + "; change path, methods or hostnames, or remove one of them");
        continue;
      }
      slots.forEach(slot -> taken.put(slot, name));
      views.add(view);
    }
    views.sort(
        Comparator.comparing((RouteView r) -> r.hostnames().isEmpty())
            .thenComparing(r -> r.hostnames().stream().allMatch(h -> h.startsWith("*.")))
            .thenComparingInt(r -> -r.path().length())
            .thenComparing(r -> r.methods().isEmpty())
            .thenComparing(RouteView::name));
    return views;
  }

  private static Set<Slot> slots(RouteView view) {
    Set<String> hosts = view.hostnames().isEmpty() ? Set.of("*") : view.hostnames();
    Set<String> methods = view.methods().isEmpty() ? Set.of("*") : view.methods();
    Set<Slot> slots = new HashSet<>();
    for (String pool : view.pools()) {
      for (String host : hosts) {
        for (String method : methods) {
          slots.add(new Slot(pool, host, method, view.path()));
        }
      }
    }
    return slots;
  }

  /** What only one route can serve. */
  private record Slot(String pool, String host, String method, String path) {
    static final Comparator<Slot> ORDER =
        Comparator.comparing(Slot::pool).thenComparing(Slot::host).thenComparing(Slot::method);

    String show() {
      return (method.equals("*") ? "" : method + " ")
          + path
          + (host.equals("*") ? "" : " of " + host)
          + " in GatewayPool "
          + pool;
    }
  }

  static boolean needsRedis(LimitView limit) {
    return limit.backend() == LimitBackend.Redis;
  }
}

package dev.tollgate.crd.resolve;

import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.limit.LimitRule;
import dev.tollgate.crd.limit.RateLimitPolicySpec;
import dev.tollgate.crd.limit.TargetRef;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanSpec;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.view.DefaultPool;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What policies may apply to, and whether it counts what they limit. */
final class PolicyTargets {
  private static final Set<String> KINDS =
      Set.of("Plan", "Tenant", "ApiRoute", "ModelRoute", "GatewayPool");

  private final Manifests manifests;

  PolicyTargets(Manifests manifests) {
    this.manifests = manifests;
  }

  /** Tells whether the policy is attached there. Tenants' plans and pools are checked with them. */
  boolean accepts(TargetRef target, RateLimitPolicySpec spec, String path, Findings to) {
    if (target.group() != null && !target.group().equals("tollgate.dev")) {
      to.refuse("UnknownTarget", path + ".group", "targets are of group tollgate.dev; correct it");
      return false;
    }
    if (!KINDS.contains(target.kind())) {
      to.refuse(
          "UnknownTarget",
          path + ".kind",
          "'"
              + target.kind()
              + "' has no limits; use Plan, Tenant, ApiRoute, ModelRoute or GatewayPool");
      return false;
    }
    String name = target.name();
    boolean there =
        switch (target.kind()) {
          case "Plan" -> manifests.plans().containsKey(name);
          case "Tenant" -> manifests.tenants().containsKey(name);
          case "ApiRoute" -> manifests.routes().containsKey(name);
          case "ModelRoute" -> manifests.modelRoutes().containsKey(name);
          default ->
              manifests.gatewayPools().containsKey(name)
                  || (manifests.gatewayPools().isEmpty() && name.equals(DefaultPool.NAME));
        };
    if (!there) {
      to.unresolved(
          "TargetNotFound",
          path + ".name",
          target.kind() + " " + name + " is not there; create it or name another");
      // kept for a tenant: it may come without anything shared changing
      return target.kind().equals("Tenant");
    }
    Plan plan = target.kind().equals("Plan") ? manifests.plans().get(name) : null;
    for (int i = 0; i < spec.limits().size(); i++) {
      counted(target, plan, spec.limits().get(i), "spec.limits[" + i + "]", to);
      modelled(target, spec.limits().get(i), "spec.limits[" + i + "].by", to);
    }
    if (!target.kind().equals("Tenant")) {
      redis(target, plan, spec, to);
    }
    return true;
  }

  private void counted(
      TargetRef target, @Nullable Plan plan, LimitRule rule, String path, Findings to) {
    boolean counts =
        Meters.ALWAYS.contains(rule.meter())
            || (plan != null ? counts(plan, rule) || modelsCount(rule) : counts(target, rule));
    if (!counts && Meters.OF_PLANS.contains(rule.meter())) {
      to.refuse(
          "MeterNotCounted",
          path + ".meter",
          target.kind()
              + " "
              + target.name()
              + " never counts "
              + rule.meter()
              + (rule.amount() == null ? "" : " in " + rule.amount().currency())
              + ", so the limit never applies; "
              + (target.kind().equals("ModelRoute") ? "price the route so" : "count it in the plan")
              + " or remove the limit");
    }
  }

  /** An API is no model, so a counter of models never moves for it. */
  private static void modelled(TargetRef target, LimitRule rule, String path, Findings to) {
    if (rule.by() == LimitBy.Model && target.kind().equals("ApiRoute")) {
      to.refuse(
          "NoModel",
          path,
          "ApiRoute "
              + target.name()
              + " serves no model, so the limit never applies; use by: Route, or name a ModelRoute"
              + " as target");
    }
  }

  /** What a call for a model uses is known and priced whatever the plan says. */
  private boolean counts(TargetRef target, LimitRule rule) {
    boolean money = rule.meter().equals(Meters.MONEY);
    return switch (target.kind()) {
      case "ModelRoute" -> !money || isPricedIn(manifests.modelRoutes().get(target.name()), rule);
      case "ApiRoute" -> money && plansCount(rule);
      default -> plansCount(rule) || modelsCount(rule);
    };
  }

  private boolean plansCount(LimitRule rule) {
    return manifests.plans().values().stream().anyMatch(p -> counts(p, rule));
  }

  private boolean modelsCount(LimitRule rule) {
    return rule.meter().equals(Meters.MONEY)
        && manifests.modelRoutes().values().stream().anyMatch(r -> isPricedIn(r, rule));
  }

  private static boolean isPricedIn(@Nullable ModelRoute route, LimitRule rule) {
    return route != null
        && route.getSpec() != null
        && route.getSpec().price() != null
        && rule.amount() != null
        && route.getSpec().price().currency().equals(rule.amount().currency());
  }

  private static boolean counts(Plan plan, LimitRule rule) {
    PlanSpec spec = plan.getSpec();
    if (spec == null) {
      return false;
    }
    if (rule.meter().equals(Meters.MONEY)) {
      return spec.price() != null
          && rule.amount() != null
          && spec.price().currency().equals(rule.amount().currency());
    }
    return spec.meters() != null
        && spec.meters().stream().anyMatch(m -> m.name().equals(rule.meter()));
  }

  private void redis(TargetRef target, @Nullable Plan plan, RateLimitPolicySpec spec, Findings to) {
    if (spec.backend() != LimitBackend.Redis) {
      return;
    }
    for (String pool : pools(target, plan)) {
      GatewayPool at = manifests.gatewayPools().get(pool);
      boolean redis = at != null && at.getSpec() != null && at.getSpec().redis() != null;
      if (!redis) {
        to.unresolved(
            "RedisMissing",
            "spec.backend",
            "GatewayPool "
                + pool
                + " has no redis, so the limit acts as if Redis were away; set spec.redis there or"
                + " use backend: Memory");
      }
    }
  }

  private Set<String> pools(TargetRef target, @Nullable Plan plan) {
    if (target.kind().equals("GatewayPool")) {
      return Set.of(target.name());
    }
    if (plan != null) {
      return Set.of(DefaultPool.or(plan.getSpec() == null ? null : plan.getSpec().gatewayPool()));
    }
    List<LocalRef> parents = parents(target);
    if (parents.isEmpty()) {
      return Set.of(DefaultPool.NAME);
    }
    Set<String> pools = new TreeSet<>();
    parents.forEach(ref -> pools.add(ref.name()));
    return pools;
  }

  private List<LocalRef> parents(TargetRef target) {
    List<LocalRef> parents = null;
    if (target.kind().equals("ModelRoute")) {
      ModelRoute route = manifests.modelRoutes().get(target.name());
      parents = route == null || route.getSpec() == null ? null : route.getSpec().parentRefs();
    } else {
      ApiRoute route = manifests.routes().get(target.name());
      parents = route == null || route.getSpec() == null ? null : route.getSpec().parentRefs();
    }
    return parents == null ? List.of() : parents;
  }
}

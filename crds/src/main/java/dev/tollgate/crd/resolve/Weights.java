package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.ProductView;
import dev.tollgate.crd.view.RouteView;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** Finds routes that count for more requests than a limit ever holds: it admits none of them. */
final class Weights {

  private Weights() {}

  static void check(
      Collection<? extends ProductView> routes,
      Collection<PlanView> plans,
      List<Finding> findings) {
    for (ProductView route : routes) {
      String kind = route instanceof RouteView ? "ApiRoute" : "ModelRoute";
      Findings to = new Findings(kind, route.name(), findings);
      check(route, route.limits(), "every call", to);
      plans.stream()
          .filter(plan -> sells(plan, route))
          .sorted((a, b) -> a.name().compareTo(b.name()))
          .forEach(plan ->
              check(route, plan.limits(), "every call of a tenant on plan " + plan.name(), to));
    }
  }

  private static void check(ProductView route, List<LimitView> limits, String which, Findings to) {
    for (LimitView limit : limits) {
      if (limit.meter().equals("requests") && limit.burst() > 0 && limit.burst() < route.weight()) {
        to.unresolved(
            "WeightAboveLimit",
            "spec.weight",
            "a call counts for "
                + route.weight()
                + " requests and limit "
                + limit.name()
                + " of RateLimitPolicy "
                + limit.policy()
                + " never holds more than "
                + limit.burst()
                + ", so "
                + which
                + " is refused; lower the weight, or raise the limit or its burst");
      }
    }
  }

  private static boolean sells(PlanView plan, ProductView route) {
    return route.pools().contains(plan.gatewayPool())
        && (route.feature() == null || plan.features().contains(route.feature()))
        && !(route instanceof ModelRouteView models
            && !plan.models().isEmpty()
            && Collections.disjoint(plan.models(), models.models()));
  }
}

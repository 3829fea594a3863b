package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.RouteView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Routes of APIs. A request is served by one of them: of equals by the oldest. */
public final class ApiRoutes {

  private ApiRoutes() {}

  /**
   * All routes that are served, in order of precedence.
   *
   * @param order of two routes that claim the same, the first has it
   * @param limits those of a route, by its name
   */
  public static List<RouteView> resolveAll(
      Manifests manifests,
      Comparator<HasMetadata> order,
      Map<String, GatewayPoolView> pools,
      Function<String, List<LimitView>> limits,
      List<Finding> findings) {
    Map<Slot, String> taken = new HashMap<>();
    List<RouteView> views = new ArrayList<>();
    for (ApiRoute route : manifests.routes().values().stream().sorted(order).toList()) {
      String name = route.getMetadata().getName();
      Findings to = new Findings("ApiRoute", name, findings);
      RouteView view =
          RouteResolution.resolve(name, route, manifests, pools, limits.apply(name), to);
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
                + " already serves "
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
}

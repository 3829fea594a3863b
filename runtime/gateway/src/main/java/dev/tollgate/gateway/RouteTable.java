package dev.tollgate.gateway;

import dev.tollgate.crd.resolve.RouteView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Routes by path. The longest prefix wins, then a route that names the host. Immutable. */
final class RouteTable {

  static final RouteTable EMPTY = new RouteTable(List.of(), "");

  private final Map<String, List<RouteView>> byPath = new HashMap<>();

  /**
   * @param pool the GatewayPool that this replica belongs to
   */
  RouteTable(List<RouteView> routes, String pool) {
    for (var route : routes) {
      if (route.pools().contains(pool)) {
        byPath.computeIfAbsent(route.path(), p -> new ArrayList<>()).add(route);
      }
    }
    for (var candidates : byPath.values()) {
      candidates.sort(Comparator.comparing((RouteView r) -> r.hostnames().isEmpty()));
    }
  }

  /** What was found: a route, or the methods that would have been right, or nothing. */
  record Found(@Nullable RouteView route, Set<String> allowed) {}

  private static final Found NOTHING = new Found(null, Set.of());

  Found find(String host, String method, String path) {
    var prefix = path;
    while (true) {
      var candidates = byPath.get(prefix.isEmpty() ? "/" : prefix);
      if (candidates != null) {
        var allowed = new TreeSet<String>();
        for (var route : candidates) {
          if (route.hostnames().isEmpty() || route.hostnames().contains(host)) {
            if (route.methods().isEmpty() || route.methods().contains(method)) {
              return new Found(route, Set.of());
            }
            allowed.addAll(route.methods());
          }
        }
        if (!allowed.isEmpty()) {
          return new Found(null, allowed);
        }
      }
      if (prefix.isEmpty() || prefix.equals("/")) {
        return NOTHING;
      }
      prefix = prefix.substring(0, prefix.lastIndexOf('/'));
    }
  }
}

package dev.tollgate.gateway;

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

  static final RouteTable EMPTY = new RouteTable(List.of());

  private final Map<String, List<LiveRoute>> byPath = new HashMap<>();

  RouteTable(List<LiveRoute> routes) {
    for (var route : routes) {
      byPath.computeIfAbsent(route.view().path(), p -> new ArrayList<>()).add(route);
    }
    for (var candidates : byPath.values()) {
      candidates.sort(Comparator.comparing((LiveRoute r) -> r.view().hostnames().isEmpty()));
    }
  }

  /** What was found: a route, or the methods that would have been right, or nothing. */
  record Found(@Nullable LiveRoute route, Set<String> allowed) {}

  private static final Found NOTHING = new Found(null, Set.of());

  Found find(String host, String method, String path) {
    var prefix = path;
    while (true) {
      var candidates = byPath.get(prefix.isEmpty() ? "/" : prefix);
      if (candidates != null) {
        Set<String> allowed = Set.of();
        for (var route : candidates) {
          var view = route.view();
          if (view.hostnames().isEmpty() || view.hostnames().contains(host)) {
            if (view.methods().isEmpty() || view.methods().contains(method)) {
              return new Found(route, Set.of());
            }
            allowed = new TreeSet<>(allowed);
            allowed.addAll(view.methods());
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

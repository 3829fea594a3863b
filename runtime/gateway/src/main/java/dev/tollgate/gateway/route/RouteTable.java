package dev.tollgate.gateway.route;

import dev.tollgate.gateway.http.HostNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Routes by path. The longest prefix wins; then a route that names the host, then the one whose
 * wildcard is longest, then one for any host. Immutable.
 */
public final class RouteTable {

  static final RouteTable EMPTY = new RouteTable(List.of());

  private final Map<String, Candidates> byPath = new HashMap<>();

  /** Routes of one path, of which some or none name hosts. */
  private record Candidates(List<LiveRoute> routes, boolean hosts) {}

  RouteTable(List<LiveRoute> routes) {
    Map<String, List<LiveRoute>> lists = new HashMap<>();
    for (var route : routes) {
      lists.computeIfAbsent(route.view().path(), p -> new ArrayList<>()).add(route);
    }
    lists.forEach((path, list) ->
        byPath.put(
            path,
            new Candidates(list, list.stream().anyMatch(r -> !r.view().hostnames().isEmpty()))));
  }

  /** What was found: a route, or the methods that would have been right, or nothing. */
  public record Found(@Nullable LiveRoute route, Set<String> allowed) {}

  private static final Found NOTHING = new Found(null, Set.of());

  /**
   * Looks a request up.
   *
   * @param host as in the request: a port and a trailing dot do not matter, nor does the case
   */
  public Found find(String host, String method, String path) {
    var prefix = path;
    while (true) {
      var candidates = byPath.get(prefix.isEmpty() ? "/" : prefix);
      if (candidates != null) {
        var found = find(candidates, host, method);
        if (found != null) {
          return found;
        }
      }
      if (prefix.isEmpty() || prefix.equals("/")) {
        return NOTHING;
      }
      prefix = prefix.substring(0, prefix.lastIndexOf('/'));
    }
  }

  private static @Nullable Found find(Candidates candidates, String host, String method) {
    var route = route(candidates, host, method, null);
    if (route != null) {
      return new Found(route, Set.of());
    }
    Set<String> allowed = new TreeSet<>();
    var _ = route(candidates, host, method, allowed);
    return allowed.isEmpty() ? null : new Found(null, allowed);
  }

  /**
   * The route of a host and method.
   *
   * @param allowed takes the methods of routes that have others; null to take none
   */
  private static @Nullable LiveRoute route(
      Candidates candidates, String host, String method, @Nullable Set<String> allowed) {
    if (candidates.hosts()) {
      for (var name = HostNames.name(host); name != null; name = HostNames.wider(name)) {
        for (var route : candidates.routes()) {
          if (route.view().hostnames().contains(name) && answers(route, method, allowed)) {
            return route;
          }
        }
      }
    }
    for (var route : candidates.routes()) {
      if (route.view().hostnames().isEmpty() && answers(route, method, allowed)) {
        return route;
      }
    }
    return null;
  }

  private static boolean answers(LiveRoute route, String method, @Nullable Set<String> allowed) {
    var methods = route.view().methods();
    if (methods.isEmpty()
        || methods.contains(method)
        || (method.equals("HEAD") && methods.contains("GET"))) {
      return true;
    }
    if (allowed != null) {
      allowed.addAll(methods);
    }
    return false;
  }
}

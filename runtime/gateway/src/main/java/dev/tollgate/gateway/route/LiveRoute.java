package dev.tollgate.gateway.route;

import dev.tollgate.core.access.Use;
import dev.tollgate.crd.view.BackendView;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.admission.Product;
import dev.tollgate.gateway.admission.RouteMeters;
import dev.tollgate.gateway.backend.Backend;
import io.micronaut.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A route as it is served: its backends with their connections, its retries, its meters. */
public final class LiveRoute implements Product {

  private static final String REGION = "X-Tollgate-Region";
  private static final String VERSION = "X-Tollgate-Version";

  private final RouteView view;
  private final List<Backend> backends;
  private final RetryBudget retries;
  private final RouteMeters meters;
  private final boolean builtin;
  private final Set<String> regions;
  private final Set<String> versions;
  // labels that backends ask of tenants, by their text
  private final Map<String, Map<String, String>> groups = new TreeMap<>();
  private final Rate rate = new Rate();

  LiveRoute(RouteView view, List<Backend> backends, RouteMeters meters) {
    this.view = view;
    this.backends = List.copyOf(backends);
    this.retries = new RetryBudget(view.retry().budgetPercent());
    this.meters = meters;
    this.regions = named(backends, BackendView::whenRegion, BackendView::region);
    this.versions = named(backends, BackendView::whenVersion, BackendView::version);
    for (var backend : backends) {
      var labels = backend.view().whenTenantLabels();
      if (!labels.isEmpty()) {
        groups.put(new TreeMap<>(labels).toString(), labels);
      }
    }
    this.builtin = view.backends().stream().anyMatch(b -> b.builtin() != null);
  }

  @Override
  public RouteView view() {
    return view;
  }

  List<Backend> backends() {
    return backends;
  }

  /** Whether an answer that was kept comes from one of its backends, as they are now. */
  public boolean has(String origin) {
    return backends.stream().anyMatch(backend -> backend.origin().equals(origin));
  }

  public RetryBudget retries() {
    return retries;
  }

  @Override
  public Duration timeout() {
    return view.requestTimeout();
  }

  @Override
  public Use use() {
    return Use.APIS;
  }

  @Override
  public boolean usesTokens() {
    return false;
  }

  @Override
  public @Nullable String model() {
    return null;
  }

  @Override
  public RouteMeters meters() {
    return meters;
  }

  /** The values that any backend has as its condition or label, and the empty one for others. */
  private static Set<String> named(
      List<Backend> backends,
      Function<BackendView, @Nullable String> condition,
      Function<BackendView, @Nullable String> label) {
    Set<String> values = new TreeSet<>();
    values.add("");
    for (var backend : backends) {
      Stream.of(condition, label)
          .map(of -> of.apply(backend.view()))
          .filter(Objects::nonNull)
          .forEach(values::add);
    }
    return values;
  }

  /**
   * Tells requests apart that other backends may answer; by what the route names, so these are
   * never many, whatever callers send.
   */
  public String audience(HttpHeaders request, TenantView tenant) {
    var region = known(regions, request.get(REGION));
    var version = known(versions, request.get(VERSION));
    var audience = new StringBuilder(region).append('\n').append(version);
    groups.forEach((text, labels) -> {
      if (has(tenant, labels)) {
        audience.append('\n').append(text);
      }
    });
    return audience.toString();
  }

  private static String known(Set<String> values, @Nullable String value) {
    return value != null && values.contains(value) ? value : "";
  }

  /** Whether the runtime serves it by itself. */
  public boolean builtin() {
    return builtin;
  }

  /** Counts a request, which earns a part of a retry and brings rate thresholds nearer. */
  @Override
  public void admitted() {
    retries.request();
    rate.count();
  }

  /**
   * Chooses by weight among the backends that take part in this request: first among those with the
   * region and version that it names, and one that was tried only where no other is left; null when
   * none takes part or every circuit is open.
   */
  public @Nullable Backend choose(HttpHeaders request, TenantView tenant, List<Backend> tried) {
    var caller = new Caller(request.get(REGION), request.get(VERSION), tenant, rate.perSecond());
    if (backends.size() == 1 && tried.isEmpty()) {
      var only = backends.getFirst();
      return caller.mayUse(only.view()) && only.permitted() ? only : null;
    }
    List<Backend> left = new ArrayList<>(backends);
    left.removeIf(b -> !caller.mayUse(b.view()));
    List<Backend> again = new ArrayList<>(left);
    again.retainAll(tried);
    left.removeAll(tried);
    var chosen = permitted(left, caller);
    return chosen == null ? permitted(again, caller) : chosen;
  }

  private static @Nullable Backend permitted(List<Backend> left, Caller caller) {
    while (!left.isEmpty()) {
      var chosen = byWeight(closest(left, caller));
      if (chosen.permitted()) {
        return chosen;
      }
      left.remove(chosen);
    }
    return null;
  }

  /** Those that have most of what a request names. */
  private static List<Backend> closest(List<Backend> left, Caller caller) {
    var most = 0;
    List<Backend> closest = left;
    for (var backend : left) {
      var near = caller.nearness(backend.view());
      if (near > most) {
        most = near;
        closest = new ArrayList<>();
      }
      if (most > 0 && near == most) {
        closest.add(backend);
      }
    }
    return closest;
  }

  /** What decides which backends take part in a request, and which of them come first. */
  private record Caller(
      @Nullable String region, @Nullable String version, TenantView tenant, long rate) {

    boolean mayUse(BackendView view) {
      return (view.aboveRequestsPerSecond() == 0 || rate > view.aboveRequestsPerSecond())
          && (view.whenRegion() == null || view.whenRegion().equals(region))
          && (view.whenVersion() == null || view.whenVersion().equals(version))
          && has(tenant, view.whenTenantLabels());
    }

    /** How much of what the request names a backend has; one of weight 0 has no share in it. */
    int nearness(BackendView view) {
      if (view.weight() == 0) {
        return 0;
      }
      return (region != null && region.equals(view.region()) ? 1 : 0)
          + (version != null && version.equals(view.version()) ? 1 : 0);
    }
  }

  private static boolean has(TenantView tenant, Map<String, String> labels) {
    for (var label : labels.entrySet()) {
      if (!label.getValue().equals(tenant.labels().get(label.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static Backend byWeight(List<Backend> left) {
    var total = 0L;
    for (var backend : left) {
      total += backend.view().weight();
    }
    if (total == 0) {
      return left.getFirst();
    }
    var at = ThreadLocalRandom.current().nextLong(total);
    for (var backend : left) {
      at -= backend.view().weight();
      if (at < 0) {
        return backend;
      }
    }
    return left.getLast();
  }

  /** Requests in the running second, or in the one before where that had more. */
  private static final class Rate {
    private long second;
    private long requests;
    private long before;

    synchronized void count() {
      roll();
      requests++;
    }

    synchronized long perSecond() {
      roll();
      return Math.max(requests, before);
    }

    private void roll() {
      var now = System.nanoTime() / 1_000_000_000L;
      if (now != second) {
        before = now == second + 1 ? requests : 0;
        second = now;
        requests = 0;
      }
    }
  }
}

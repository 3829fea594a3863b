package dev.tollgate.gateway;

import dev.tollgate.core.access.Use;
import dev.tollgate.crd.resolve.BackendView;
import dev.tollgate.crd.resolve.RouteView;
import io.micronaut.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A route as it is served: its backends with their connections, its retries, its meters. */
final class LiveRoute implements Product {

  private final RouteView view;
  private final List<Backend> backends;
  private final RetryBudget retries;
  private final RouteMeters meters;
  private final boolean builtin;
  private final Rate rate = new Rate();

  LiveRoute(RouteView view, List<Backend> backends, RouteMeters meters) {
    this.view = view;
    this.backends = List.copyOf(backends);
    this.retries = new RetryBudget(view.retry().budgetPercent());
    this.meters = meters;
    this.builtin = view.backends().stream().anyMatch(b -> b.builtin() != null);
  }

  @Override
  public RouteView view() {
    return view;
  }

  List<Backend> backends() {
    return backends;
  }

  RetryBudget retries() {
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

  /** Whether the runtime serves it by itself. */
  boolean builtin() {
    return builtin;
  }

  /** Counts a request, which earns a part of a retry and brings rate thresholds nearer. */
  @Override
  public void admitted() {
    retries.request();
    rate.count();
  }

  /**
   * Chooses by weight among the backends that take part in this request, leaving out those that
   * were tried; null when none is left or every circuit is open.
   */
  @Nullable Backend choose(HttpHeaders request, List<Backend> tried) {
    var region = request.get("X-Tollgate-Region");
    var version = request.get("X-Tollgate-Version");
    var now = rate.perSecond();
    if (backends.size() == 1 && tried.isEmpty()) {
      var only = backends.getFirst();
      return takesPart(only.view(), now, region, version) && only.permitted() ? only : null;
    }
    List<Backend> left = new ArrayList<>(backends);
    left.removeAll(tried);
    left.removeIf(b -> !takesPart(b.view(), now, region, version));
    while (!left.isEmpty()) {
      var chosen = byWeight(left);
      if (chosen.permitted()) {
        return chosen;
      }
      left.remove(chosen);
    }
    return null;
  }

  private static boolean takesPart(
      BackendView view, long rate, @Nullable String region, @Nullable String version) {
    return (view.aboveRequestsPerSecond() == 0 || rate > view.aboveRequestsPerSecond())
        && (view.whenRegion() == null || view.whenRegion().equals(region))
        && (view.whenVersion() == null || view.whenVersion().equals(version));
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

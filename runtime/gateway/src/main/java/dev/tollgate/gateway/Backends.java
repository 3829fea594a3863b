package dev.tollgate.gateway;

import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.resolve.BackendView;
import dev.tollgate.crd.resolve.RouteView;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The backends of every route, and the choice among them. A backend whose route does not change
 * keeps its connections; one that is gone is closed after the longest request may have ended.
 */
@Singleton
final class Backends {

  private static final long CLOSE_AFTER_SECONDS = 120;

  private final Clients clients;
  private volatile Map<RouteView, Choice> choices = Map.of();

  /** The backends of one route, and how many requests came this second. */
  private static final class Choice {
    final List<Backend> backends;
    final Rate rate = new Rate();

    Choice(List<Backend> backends) {
      this.backends = backends;
    }
  }

  Backends(Clients clients) {
    this.clients = clients;
  }

  synchronized void update(ServingState state) {
    Map<RouteView, Choice> next = new HashMap<>();
    for (var route : state.shared().routes()) {
      var kept = choices.get(route);
      next.put(route, kept == null ? make(route) : kept);
    }
    var gone = new ArrayList<Backend>();
    choices.forEach((route, choice) -> {
      if (!next.containsKey(route)) {
        gone.addAll(choice.backends);
      }
    });
    choices = next;
    if (!gone.isEmpty()) {
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  TimeUnit.SECONDS.sleep(CLOSE_AFTER_SECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                gone.forEach(Backend::close);
              });
    }
  }

  private Choice make(RouteView route) {
    List<Backend> made = new ArrayList<>();
    for (var backend : route.backends()) {
      if (backend.url() != null) {
        made.add(new Backend(route, backend, clients.client(route, backend)));
      }
    }
    return new Choice(List.copyOf(made));
  }

  /**
   * Chooses by weight among the backends that take part in this request, leaving out those that
   * were tried; null when none is left or every circuit is open.
   */
  @Nullable Backend choose(
      RouteView route, @Nullable String region, @Nullable String version, List<Backend> tried) {
    var choice = choices.get(route);
    if (choice == null) {
      return null;
    }
    if (choice.backends.size() == 1 && tried.isEmpty()) {
      var only = choice.backends.getFirst();
      return takesPart(only.view(), 0, region, version) && only.permitted() ? only : null;
    }
    var rate = choice.rate.count();
    List<Backend> left = new ArrayList<>(choice.backends);
    left.removeAll(tried);
    left.removeIf(b -> !takesPart(b.view(), rate, region, version));
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

  /** Requests in the running second. */
  private static final class Rate {
    private long second;
    private long requests;

    synchronized long count() {
      var now = System.nanoTime() / 1_000_000_000L;
      if (now != second) {
        second = now;
        requests = 0;
      }
      return ++requests;
    }
  }
}

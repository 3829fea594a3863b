package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.RouteCache;
import dev.tollgate.ai.guard.RouteGuard;
import dev.tollgate.core.access.Use;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.gateway.admission.Product;
import dev.tollgate.gateway.admission.RouteMeters;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A model route as it is served: its backends with their connections, and what it counts. */
final class LiveModelRoute implements Product {

  private final ModelRouteView view;
  private final List<ModelBackend> backends;
  private final RouteMeters meters;
  private final ModelMeters modelMeters;
  private final RouteGuard guard;
  private final @Nullable RouteCache cache;

  LiveModelRoute(
      ModelRouteView view,
      List<ModelBackend> backends,
      RouteMeters meters,
      ModelMeters modelMeters,
      RouteGuard guard,
      @Nullable RouteCache cache) {
    this.view = view;
    this.backends = List.copyOf(backends);
    this.meters = meters;
    this.modelMeters = modelMeters;
    this.guard = guard;
    this.cache = cache;
  }

  @Override
  public ModelRouteView view() {
    return view;
  }

  List<ModelBackend> backends() {
    return backends;
  }

  ModelMeters modelMeters() {
    return modelMeters;
  }

  RouteGuard guard() {
    return guard;
  }

  /** Null when no answers are kept. */
  @Nullable RouteCache cache() {
    return cache;
  }

  /**
   * Who is asked next: of those that are well, by priority, the least busy for its weight. When
   * none is well, one that is not: it may have recovered since it was looked at. Null when all were
   * tried.
   */
  @Nullable ModelBackend choose(List<ModelBackend> tried) {
    ModelBackend best = null;
    boolean bestWell = false;
    double bestLoad = 0;
    var from = ThreadLocalRandom.current().nextInt(backends.size());
    for (int i = 0; i < backends.size(); i++) {
      var backend = backends.get((from + i) % backends.size());
      if (tried.contains(backend)) {
        continue;
      }
      var well = backend.available();
      var load = backend.load();
      if (best == null || better(backend, well, load, best, bestWell, bestLoad)) {
        best = backend;
        bestWell = well;
        bestLoad = load;
      }
    }
    return best;
  }

  private static boolean better(
      ModelBackend one,
      boolean well,
      double load,
      ModelBackend best,
      boolean bestWell,
      double bestLoad) {
    if (well != bestWell) {
      return well;
    }
    var byPriority = Integer.compare(one.view().priority(), best.view().priority());
    return byPriority < 0 || (byPriority == 0 && load < bestLoad);
  }

  @Override
  public Duration timeout() {
    return view.totalTimeout();
  }

  @Override
  public Use use() {
    return Use.MODELS;
  }

  @Override
  public boolean usesTokens() {
    return true;
  }

  /** Its name; a limit counts calls by an alias with it. */
  @Override
  public String model() {
    return view.models().getFirst();
  }

  @Override
  public RouteMeters meters() {
    return meters;
  }

  @Override
  public void admitted() {}
}

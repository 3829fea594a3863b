package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.AnswerCache;
import dev.tollgate.ai.cache.RouteCache;
import dev.tollgate.ai.guard.RouteGuard;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.RouteMeters;
import dev.tollgate.gateway.backend.Clients;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who serves which model now. A route that does not change keeps its connections and what is known
 * of its backends; those of one that is gone are closed after its longest call may have ended.
 */
@Singleton
final class ModelRoutes {

  private final Clients clients;
  private final Secrets secrets;
  private final MeterRegistry registry;
  private final AnswerCache answers;
  private final String pool;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("models").factory());
  private final Map<ModelRouteView, Running> running = new HashMap<>();
  private final Map<String, Boolean> labelled = new ConcurrentHashMap<>();
  private volatile Map<String, LiveModelRoute> byModel = Map.of();
  private volatile long mostRequestBytes;

  private record Running(LiveModelRoute route, Future<?> checks, List<Meter> gauges) {}

  ModelRoutes(
      Serving serving,
      Clients clients,
      Secrets secrets,
      MeterRegistry registry,
      AnswerCache answers,
      GatewaySettings settings) {
    this.clients = clients;
    this.secrets = secrets;
    this.registry = registry;
    this.answers = answers;
    this.pool = settings.pool();
    serving.onChange(this::update);
    update(serving.current());
  }

  /** The route that serves a model under this name; null when there is none. */
  @Nullable LiveModelRoute of(String model) {
    return byModel.get(model);
  }

  /** Names of all models that are served here, in order. */
  List<String> models() {
    return List.copyOf(new TreeMap<>(byModel).keySet());
  }

  /** Whether any model is served here. */
  boolean any() {
    return !byModel.isEmpty();
  }

  /** The longest body that any route takes. */
  long mostRequestBytes() {
    return mostRequestBytes;
  }

  private synchronized void update(ServingState state) {
    var views =
        state.shared().modelRoutes().stream().filter(v -> v.pools().contains(pool)).toList();
    Map<ModelRouteView, Running> gone = new HashMap<>(running);
    views.forEach(gone::remove);
    gone.forEach((view, old) -> {
      running.remove(view);
      old.checks().cancel(false);
      old.gauges().forEach(registry::remove); // before a successor registers the same names
      for (var backend : old.route().backends()) {
        var _ = timer.schedule(backend::close, 2 * seconds(view), TimeUnit.SECONDS);
      }
    });
    Map<String, LiveModelRoute> models = new HashMap<>();
    for (var view : views) {
      var route = running.computeIfAbsent(view, this::open).route();
      view.models().forEach(model -> models.put(model, route));
    }
    mostRequestBytes =
        views.stream().mapToLong(view -> view.guardrails().maxRequestBytes()).max().orElse(0);
    byModel = Map.copyOf(models);
  }

  private static long seconds(ModelRouteView view) {
    return Math.max(1, view.totalTimeout().toSeconds());
  }

  private Running open(ModelRouteView view) {
    List<ModelBackend> backends = new ArrayList<>();
    List<Meter> gauges = new ArrayList<>();
    for (var backend : view.backends()) {
      // the silence of a model is watched by the exchange; this is the last resort
      var client =
          clients.client(
              backend.url(),
              backend.authorities(),
              view.connectTimeout(),
              view.totalTimeout().plusSeconds(5),
              backend.maxConcurrent());
      var made = new ModelBackend(backend, client, timer);
      backends.add(made);
      gauges.addAll(gauges(view, made));
    }
    var route =
        new LiveModelRoute(
            view,
            backends,
            new RouteMeters(registry, view.name()),
            new ModelMeters(registry, labelled),
            new RouteGuard(view.name(), view.guardrails(), registry),
            RouteCache.of(answers, view, registry));
    var checks =
        timer.scheduleAtFixedRate(
            () -> backends.forEach(b -> ModelHealth.check(view.name(), b, secrets)),
            0,
            view.healthInterval().toMillis(),
            TimeUnit.MILLISECONDS);
    return new Running(route, checks, gauges);
  }

  private List<Meter> gauges(ModelRouteView route, ModelBackend backend) {
    String[] tags = {"route", route.name(), "backend", backend.view().name()};
    return List.of(
        Gauge.builder("tollgate.model.busy", backend, b -> b.queue().busy())
            .description("Calls at the backend")
            .tags(tags)
            .register(registry),
        Gauge.builder("tollgate.model.waiting", backend, b -> b.queue().waiting())
            .description("Calls that wait for a turn at the backend")
            .tags(tags)
            .register(registry),
        Gauge.builder("tollgate.model.available", backend, b -> b.available() ? 1 : 0)
            .description("1 while calls go to the backend")
            .tags(tags)
            .register(registry));
  }

  @PreDestroy
  synchronized void close() {
    timer.shutdownNow();
    running.values().forEach(r -> r.route().backends().forEach(ModelBackend::close));
  }
}

package dev.tollgate.gateway.route;

import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.RouteMeters;
import dev.tollgate.gateway.backend.Backend;
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
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The routes that are served now. One that does not change keeps its connections; those of one that
 * is gone are closed after the longest request may have ended.
 */
@Singleton
public final class LiveRoutes {

  private static final long CLOSE_AFTER_SECONDS = 120;

  private final Clients clients;
  private final MeterRegistry meters;
  private final String pool;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("backends").factory());
  private final Map<RouteView, LiveRoute> live = new HashMap<>();
  private final Map<Backend, List<Meter>> gauges = new HashMap<>();
  private volatile RouteTable table = RouteTable.EMPTY;

  LiveRoutes(Clients clients, MeterRegistry meters, GatewaySettings settings) {
    this.clients = clients;
    this.meters = meters;
    this.pool = settings.pool();
  }

  public RouteTable table() {
    return table;
  }

  /** Serves these routes from now on; those that are as they were keep their backends. */
  public synchronized void update(ServingState state) {
    List<RouteView> views =
        state.shared().routes().stream().filter(view -> view.pools().contains(pool)).toList();
    Map<RouteView, LiveRoute> gone = new HashMap<>(live);
    views.forEach(gone::remove);
    for (var route : gone.values()) {
      live.remove(route.view());
      for (var backend : route.backends()) {
        // before a successor registers gauges of the same name
        Objects.requireNonNullElse(gauges.remove(backend), List.<Meter>of())
            .forEach(meters::remove);
        var _ = timer.schedule(backend::close, CLOSE_AFTER_SECONDS, TimeUnit.SECONDS);
      }
    }
    table = new RouteTable(views.stream().map(v -> live.computeIfAbsent(v, this::open)).toList());
  }

  private LiveRoute open(RouteView view) {
    List<Backend> backends = new ArrayList<>();
    for (var backend : view.backends()) {
      var url = backend.url();
      if (url != null) {
        var client =
            clients.client(
                url,
                backend.authorities(),
                view.connectTimeout(),
                view.idleTimeout(),
                backend.maxConnections());
        var made = new Backend(view, backend, client, timer);
        backends.add(made);
        gauges.put(made, gauges(view, made));
      }
    }
    return new LiveRoute(view, backends, new RouteMeters(meters, view.name()));
  }

  private List<Meter> gauges(RouteView route, Backend backend) {
    String[] tags = {"route", route.name(), "backend", backend.view().name()};
    return List.of(
        Gauge.builder("tollgate.backend.busy", backend, b -> b.queue().busy())
            .description("Requests at the backend")
            .tags(tags)
            .register(meters),
        Gauge.builder("tollgate.backend.waiting", backend, b -> b.queue().waiting())
            .description("Requests that wait for a connection's turn")
            .tags(tags)
            .register(meters),
        Gauge.builder("tollgate.backend.open", backend, b -> b.open() ? 1 : 0)
            .description("1 while the circuit is open")
            .tags(tags)
            .register(meters));
  }

  @PreDestroy
  synchronized void close() {
    timer.shutdownNow();
    live.values().forEach(route -> route.backends().forEach(Backend::close));
  }
}

package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelCache;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelRouteSpec;
import dev.tollgate.crd.model.ModelTimeouts;
import dev.tollgate.crd.value.Durations;
import dev.tollgate.crd.view.DisconnectView;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.GuardrailView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ModelBackendView;
import dev.tollgate.crd.view.ModelCacheView;
import dev.tollgate.crd.view.ModelPriceView;
import dev.tollgate.crd.view.ModelRouteView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Routes of models. In a pool a model is served by one of them: by the oldest that names it. */
public final class ModelRouteResolution {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int TRIES = 2;

  private ModelRouteResolution() {}

  /**
   * All routes that are served, by name.
   *
   * @param order of two routes that claim the same, the first has it
   * @param limits those of a route, by its name
   */
  public static List<ModelRouteView> resolveAll(
      Manifests manifests,
      Comparator<HasMetadata> order,
      Map<String, GatewayPoolView> pools,
      Function<String, List<LimitView>> limits,
      List<Finding> findings) {
    Map<Slot, String> taken = new HashMap<>();
    List<ModelRouteView> views = new ArrayList<>();
    for (ModelRoute route : manifests.modelRoutes().values().stream().sorted(order).toList()) {
      String name = route.getMetadata().getName();
      Findings to = new Findings("ModelRoute", name, findings);
      ModelRouteView view = one(name, route, manifests, pools, limits.apply(name), to);
      if (view != null && isFree(view, route.getSpec().models(), taken, to)) {
        view.pools()
            .forEach(pool -> view.models().forEach(m -> taken.put(new Slot(pool, m), name)));
        views.add(view);
      }
    }
    views.sort(Comparator.comparing(ModelRouteView::name));
    return views;
  }

  /** What only one route can serve. */
  private record Slot(String pool, String model) {}

  private static boolean isFree(
      ModelRouteView view, List<String> models, Map<Slot, String> taken, Findings to) {
    for (int i = 0; i < models.size(); i++) {
      for (String pool : view.pools().stream().sorted().toList()) {
        String first = taken.get(new Slot(pool, models.get(i)));
        if (first != null) {
          to.refuse(
              "ModelConflict",
              "spec.models[" + i + "]",
              "route "
                  + first
                  + " already serves "
                  + models.get(i)
                  + " in GatewayPool "
                  + pool
                  + "; use another name, or add the backends to that route");
        }
      }
    }
    return !to.refused();
  }

  private static @Nullable ModelRouteView one(
      String name,
      ModelRoute route,
      Manifests manifests,
      Map<String, GatewayPoolView> pools,
      List<LimitView> limits,
      Findings to) {
    ModelRouteSpec spec = route.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    Set<String> parents = Parents.resolve(spec.parentRefs(), manifests, pools, to);
    SequencedSet<String> models = models(spec.models(), to);
    List<ModelBackendView> backends =
        ModelBackendResolution.resolve(spec.backends(), manifests.modelServers(), to);
    ModelTimeouts times =
        spec.timeouts() == null ? new ModelTimeouts(null, null, null, null, null) : spec.timeouts();
    Duration total =
        Durations.read(
            times.total(), Duration.ofSeconds(90), SECOND, DAY, "spec.timeouts.total", to);
    Duration connect = within(times.connect(), 2, total, "connect", to);
    Duration firstToken = within(times.firstToken(), 30, total, "firstToken", to);
    Duration silence = within(times.silence(), 30, total, "silence", to);
    Duration heartbeat =
        Durations.read(
            times.heartbeat(), Duration.ofSeconds(10), SECOND, HOUR, "spec.timeouts.heartbeat", to);
    Duration interval =
        Durations.read(
            spec.health() == null ? null : spec.health().interval(),
            Duration.ofSeconds(30),
            SECOND,
            HOUR,
            "spec.health.interval",
            to);
    Requirements.check(spec.requires(), manifests, to);
    DisconnectView onDisconnect = DisconnectResolution.resolve(spec.onDisconnect(), to);
    List<ModelPriceView> prices = ModelPriceResolution.resolve(spec.price(), to);
    ModelCacheView cache = cache(spec.cache(), to);
    GuardrailView guardrails = GuardrailResolution.resolve(spec.guardrails(), to);
    if (to.refused() || parents.isEmpty() || backends.isEmpty()) {
      return null;
    }
    return new ModelRouteView(
        name,
        parents,
        models,
        spec.requires() == null ? null : spec.requires().scope(),
        spec.requires() == null ? null : spec.requires().feature(),
        spec.weight() == null ? 1 : spec.weight(),
        backends,
        interval,
        connect,
        firstToken,
        silence,
        total,
        heartbeat,
        spec.retry() == null || spec.retry().attempts() == null ? TRIES : spec.retry().attempts(),
        onDisconnect,
        prices,
        cache,
        guardrails,
        limits);
  }

  private static SequencedSet<String> models(List<String> models, Findings to) {
    if (models.isEmpty()) {
      to.refuse("NoModel", "spec.models", "no call can reach the route; name a model");
    }
    SequencedSet<String> names = new LinkedHashSet<>();
    for (int i = 0; i < models.size(); i++) {
      if (!names.add(models.get(i))) {
        to.refuse(
            "DuplicateName", "spec.models[" + i + "]", models.get(i) + " is named twice; keep one");
      }
    }
    return Collections.unmodifiableSequencedSet(names);
  }

  /** A limit inside the total one, which also bounds its default. */
  private static Duration within(
      @Nullable String text, int seconds, Duration total, String field, Findings to) {
    Duration usual = Duration.ofSeconds(seconds);
    String path = "spec.timeouts." + field;
    Duration read =
        Durations.read(text, usual.compareTo(total) < 0 ? usual : total, MILLI, DAY, path, to);
    if (read.compareTo(total) > 0) {
      to.refuse(
          "TimeoutsOutOfOrder",
          path,
          field + " is longer than total, so it never applies; make it shorter");
    }
    return read;
  }

  private static @Nullable ModelCacheView cache(@Nullable ModelCache cache, Findings to) {
    return cache == null
        ? null
        : new ModelCacheView(
            Durations.read(
                cache.forDuration(), SECOND, SECOND, DAY.multipliedBy(30), "spec.cache.for", to),
            cache.hitPercent() == null ? 0 : cache.hitPercent());
  }
}

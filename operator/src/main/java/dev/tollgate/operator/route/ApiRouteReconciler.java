package dev.tollgate.operator.route;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.resolve.Finding;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.route.ApiRouteStatus;
import dev.tollgate.crd.route.ParentStatus;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells whether a route is valid, and whether every replica of its pools serves it. */
@ControllerConfiguration(name = "apiroute")
public final class ApiRouteReconciler implements Reconciler<ApiRoute> {

  private final Surroundings around;
  private final StatusUpdate<ApiRoute, ApiRouteStatus> update;
  private final SecretRefs secretRefs;
  private final Wakeups<ApiRoute> wakeups = new Wakeups<>("resolution");

  public ApiRouteReconciler(Surroundings around, SecretRefs secretRefs) {
    this.around = around;
    this.secretRefs = secretRefs;
    this.update =
        new StatusUpdate<>(
            ApiRoute::new, ApiRouteStatus::conditions, around.conditions(), around.events());
  }

  @Override
  public List<EventSource<?, ApiRoute>> prepareEventSources(EventSourceContext<ApiRoute> context) {
    var cache = context.getPrimaryCache();
    around.resolution().onChange(() -> cache.keys().forEach(wakeups::wake));
    secretRefs.onChange(secret -> {
      // event sources start after the cache has been filled
      if (wakeups.isRunning()) {
        cache
            .list(r -> uses(r).stream().anyMatch(u -> u.secret().name().equals(secret)))
            .map(ResourceID::fromResource)
            .forEach(wakeups::wake);
      }
    });
    return List.of(wakeups);
  }

  @Override
  public UpdateControl<ApiRoute> reconcile(ApiRoute route, Context<ApiRoute> context) {
    var meta = route.getMetadata();
    List<Finding> findings =
        new ArrayList<>(around.resolution().findings("ApiRoute", meta.getName()));
    var secretFindings = secretRefs.findings("ApiRoute", meta.getName(), uses(route));
    findings.addAll(secretFindings);
    List<Wanted> wanted = new ArrayList<>();
    wanted.add(Wanted.of("Accepted", "Accepted", "The route is valid.", findings));
    wanted.add(Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings));
    var pools = pools(route);
    wanted.add(
        wanted.getFirst().isTrue()
            ? around
                .programming()
                .condition(
                    pools,
                    route,
                    route.getStatus() == null ? null : route.getStatus().conditions(),
                    wakeups::wake)
            : Wanted.no("Programmed", "NotAccepted", "Not served, because it is not accepted."));
    var now = update.conditions(route, wanted);
    var status = new ApiRouteStatus(meta.getGeneration(), now, parents(pools, now));
    var control = update.to(route, status);
    return secretFindings.isEmpty() ? control : control.rescheduleAfter(SecretRefs.AGAIN);
  }

  private static List<SecretRefs.Use> uses(ApiRoute route) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    var backends = route.getSpec() == null ? null : route.getSpec().backends();
    for (int i = 0; backends != null && i < backends.size(); i++) {
      var headers = backends.get(i).headers();
      for (int j = 0; headers != null && j < headers.size(); j++) {
        var secret = headers.get(j).valueSecretRef();
        if (secret != null) {
          var path = "spec.backends[" + i + "].headers[" + j + "].valueSecretRef";
          uses.add(new SecretRefs.Use(path, secret, "upstream"));
        }
      }
    }
    return uses;
  }

  private static List<ParentStatus> parents(Set<String> pools, List<Condition> conditions) {
    return pools.stream()
        .sorted()
        .map(pool -> new ParentStatus(new LocalRef(pool, null), conditions))
        .toList();
  }

  private static Set<String> pools(ApiRoute route) {
    var parents = route.getSpec().parentRefs();
    return parents == null || parents.isEmpty()
        ? Set.of("default")
        : parents.stream().map(LocalRef::name).collect(Collectors.toUnmodifiableSet());
  }
}

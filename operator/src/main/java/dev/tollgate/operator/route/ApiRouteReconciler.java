package dev.tollgate.operator.route;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.route.ApiRouteStatus;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether a route is valid, and whether every replica of its pools serves it. */
@ControllerConfiguration(name = "apiroute")
public final class ApiRouteReconciler extends JudgedReconciler<ApiRoute, ApiRouteStatus> {

  public ApiRouteReconciler(Surroundings around, SecretRefs secretRefs) {
    super(around, secretRefs, ApiRoute::new);
  }

  @Override
  protected Set<String> pools(ApiRoute route) {
    var view = view(route);
    return view == null ? named(route) : view.pools();
  }

  @Override
  protected boolean isServed(ApiRoute route) {
    return view(route) != null;
  }

  private @Nullable RouteView view(ApiRoute route) {
    var name = route.getMetadata().getName();
    return around().resolution().shared().routes().stream()
        .filter(view -> view.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static Set<String> named(ApiRoute route) {
    return Parents.pools(route.getSpec() == null ? null : route.getSpec().parentRefs());
  }

  @Override
  protected List<SecretRefs.Use> uses(ApiRoute route) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    var backends = route.getSpec() == null ? null : route.getSpec().backends();
    for (int i = 0; backends != null && i < backends.size(); i++) {
      var backend = backends.get(i);
      uses.addAll(
          Parents.uses(backend.caSecretRef(), backend.headers(), "spec.backends[" + i + "]"));
    }
    return uses;
  }

  @Override
  protected ApiRouteStatus status(
      ApiRoute route, @Nullable Long generation, List<Condition> conditions) {
    var before = route.getStatus() == null ? null : route.getStatus().parents();
    var parents = new Parents(around().conditions(), before, generation);
    return new ApiRouteStatus(
        generation, conditions, parents.status(named(route), pools(route), conditions));
  }
}

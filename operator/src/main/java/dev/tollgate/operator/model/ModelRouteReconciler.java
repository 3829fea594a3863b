package dev.tollgate.operator.model;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelRouteStatus;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.route.Parents;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether a route of models is valid, and whether every replica of its pools serves it. */
public final class ModelRouteReconciler extends JudgedReconciler<ModelRoute, ModelRouteStatus> {

  public ModelRouteReconciler(Surroundings around, SecretRefs secretRefs) {
    super(around, secretRefs, ModelRoute::new);
  }

  @Override
  protected Set<String> pools(ModelRoute route) {
    var view = view(route);
    return view == null ? named(route) : view.pools();
  }

  @Override
  protected boolean isServed(ModelRoute route) {
    return view(route) != null;
  }

  private @Nullable ModelRouteView view(ModelRoute route) {
    var name = route.getMetadata().getName();
    return around().resolution().shared().modelRoutes().stream()
        .filter(view -> view.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static Set<String> named(ModelRoute route) {
    return Parents.pools(route.getSpec() == null ? null : route.getSpec().parentRefs());
  }

  @Override
  protected List<SecretRefs.Use> uses(ModelRoute route) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    var backends = route.getSpec() == null ? null : route.getSpec().backends();
    for (int i = 0; backends != null && i < backends.size(); i++) {
      var path = "spec.backends[" + i + "]";
      var backend = backends.get(i);
      var key = backend.keySecretRef();
      if (key != null) {
        uses.add(new SecretRefs.Use(path + ".keySecretRef", key, SecretUse.UPSTREAM));
      }
      uses.addAll(Parents.uses(backend.caSecretRef(), backend.headers(), path));
    }
    return uses;
  }

  @Override
  protected ModelRouteStatus status(
      ModelRoute route, @Nullable Long generation, List<Condition> conditions) {
    var before = route.getStatus() == null ? null : route.getStatus().parents();
    var parents = new Parents(around().conditions(), before, generation);
    return new ModelRouteStatus(
        generation, conditions, parents.status(named(route), pools(route), conditions));
  }
}

package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.view.DefaultPool;
import dev.tollgate.crd.view.GatewayPoolView;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The gateway pools that a route names as its parents. */
final class Parents {

  private Parents() {}

  /**
   * Those of the pools named that are there; the default one when none is named. Replicas do not
   * tell their listeners apart, so one of several cannot be named.
   */
  static Set<String> resolve(
      @Nullable List<LocalRef> refs,
      Manifests manifests,
      Map<String, GatewayPoolView> pools,
      Findings to) {
    if (refs == null || refs.isEmpty()) {
      if (pools.containsKey(DefaultPool.NAME)) {
        return Set.of(DefaultPool.NAME);
      }
      to.unresolved(
          "GatewayPoolNotFound",
          "spec.parentRefs",
          "there is no GatewayPool default; name a pool in parentRefs or create that one");
      return Set.of();
    }
    Set<String> found = new LinkedHashSet<>();
    for (int i = 0; i < refs.size(); i++) {
      LocalRef ref = refs.get(i);
      String path = "spec.parentRefs[" + i + "]";
      if (!pools.containsKey(ref.name())) {
        to.unresolved(
            "GatewayPoolNotFound",
            path + ".name",
            "GatewayPool " + ref.name() + " is not there or not valid; create it or name another");
      } else if (ref.sectionName() != null
          && !hasListener(manifests.gatewayPools().get(ref.name()), ref.sectionName())) {
        to.unresolved(
            "ListenerNotFound",
            path + ".sectionName",
            "GatewayPool "
                + ref.name()
                + " has no listener "
                + ref.sectionName()
                + "; name another");
      } else if (ref.sectionName() != null
          && listeners(manifests.gatewayPools().get(ref.name())) > 1) {
        to.refuse(
            "SectionNotServed",
            path + ".sectionName",
            "a route is on all listeners of a pool, so it would be answered on those of "
                + ref.name()
                + " beside "
                + ref.sectionName()
                + " too; remove sectionName, or give "
                + ref.sectionName()
                + " a GatewayPool of its own and name that");
      } else {
        found.add(ref.name());
      }
    }
    return Set.copyOf(found);
  }

  private static int listeners(@Nullable GatewayPool pool) {
    return pool == null || pool.getSpec() == null || pool.getSpec().listeners() == null
        ? 0
        : pool.getSpec().listeners().size();
  }

  private static boolean hasListener(@Nullable GatewayPool pool, String name) {
    if (pool == null
        || pool.getSpec() == null
        || pool.getSpec().listeners() == null
        || pool.getSpec().listeners().isEmpty()) {
      return name.equals("http");
    }
    return pool.getSpec().listeners().stream().anyMatch(l -> l.name().equals(name));
  }
}

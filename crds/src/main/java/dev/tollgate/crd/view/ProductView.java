package dev.tollgate.crd.view;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What routes of APIs and of models say alike of what they sell. */
public sealed interface ProductView permits RouteView, ModelRouteView {

  String name();

  /** GatewayPools that serve it. */
  Set<String> pools();

  /** Requests that one counts for. */
  long weight();

  /** Scope that a key or token must have. */
  @Nullable String scope();

  /** Feature that the plan must have. */
  @Nullable String feature();

  List<LimitView> limits();
}

package dev.tollgate.gateway;

import dev.tollgate.crd.resolve.LimitView;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sold: an API or a model. Its name stands in limits, usage records and metrics. */
public interface Product {

  String name();

  /** Requests that one counts for. */
  long weight();

  /** Scope that a key or token must have. */
  @Nullable String scope();

  /** Feature that the plan must have. */
  @Nullable String feature();

  List<LimitView> limits();

  /** How long the whole of a request may take. */
  Duration timeout();

  /** Whether its requests use tokens and cost money, so that limits on these hold for them. */
  boolean usesTokens();

  RouteMeters meters();

  /** Model that it sells, whose counters limits by model have; null when it is no model. */
  @Nullable String model();

  /** Told of each request that is admitted. */
  void admitted();
}

package dev.tollgate.gateway.admission;

import dev.tollgate.core.access.Use;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ProductView;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sold: an API or a model. Its name stands in limits, usage records and metrics. */
public interface Product {

  /** What its route says of it. */
  ProductView view();

  /** How long the whole of a request may take. */
  Duration timeout();

  default String name() {
    return view().name();
  }

  default long weight() {
    return view().weight();
  }

  /** What its calls are; a key or token that may do this can call it, unless it names a scope. */
  Use use();

  /** The scope that a key or token needs instead; null when it needs none of its own. */
  default @Nullable String scope() {
    return view().scope();
  }

  default @Nullable String feature() {
    return view().feature();
  }

  default List<LimitView> limits() {
    return view().limits();
  }

  /** Whether its requests use tokens and cost money, so that limits on these hold for them. */
  boolean usesTokens();

  RouteMeters meters();

  /** Model that it sells, whose counters limits by model have; null when it is no model. */
  @Nullable String model();

  /** Told of each request that is admitted. */
  void admitted();
}

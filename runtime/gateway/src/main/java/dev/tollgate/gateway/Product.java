package dev.tollgate.gateway;

import dev.tollgate.crd.resolve.LimitView;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sold: an API or a model. Its name stands in limits, usage records and metrics. */
public interface Product {

  /**
   * What its route says of it.
   *
   * @param weight requests that one counts for
   * @param scope that a key or token must have
   * @param feature that the plan must have
   * @param timeout how long the whole of a request may take
   */
  record Terms(
      String name,
      long weight,
      @Nullable String scope,
      @Nullable String feature,
      List<LimitView> limits,
      Duration timeout) {}

  Terms terms();

  default String name() {
    return terms().name();
  }

  default long weight() {
    return terms().weight();
  }

  default @Nullable String scope() {
    return terms().scope();
  }

  default @Nullable String feature() {
    return terms().feature();
  }

  default List<LimitView> limits() {
    return terms().limits();
  }

  default Duration timeout() {
    return terms().timeout();
  }

  /** Whether its requests use tokens and cost money, so that limits on these hold for them. */
  boolean usesTokens();

  RouteMeters meters();

  /** Model that it sells, whose counters limits by model have; null when it is no model. */
  @Nullable String model();

  /** Told of each request that is admitted. */
  void admitted();
}

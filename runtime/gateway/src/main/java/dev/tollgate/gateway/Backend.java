package dev.tollgate.gateway;

import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.resolve.BackendView;
import dev.tollgate.crd.resolve.RouteView;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.micronaut.http.MutableHttpRequest;
import io.micronaut.http.client.RawHttpClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One place requests go to: its connections, its circuit breaker, its number of calls in flight.
 */
final class Backend implements AutoCloseable {

  private final BackendView view;
  private final RawHttpClient client;
  private final @Nullable CircuitBreaker breaker;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final String base;
  private final int prefix;

  Backend(RouteView route, BackendView view, RawHttpClient client) {
    this.view = view;
    this.client = client;
    this.prefix = route.path().equals("/") ? 0 : route.path().length();
    this.base = Objects.requireNonNull(view.url()).toString().replaceAll("/$", "");
    var rule = route.breaker();
    this.breaker =
        rule == null
            ? null
            : CircuitBreaker.of(
                route.name() + "/" + view.name(),
                CircuitBreakerConfig.custom()
                    .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.TIME_BASED)
                    .slidingWindowSize((int) Math.max(1, rule.window().toSeconds()))
                    .minimumNumberOfCalls(rule.minimumCalls())
                    .failureRateThreshold(rule.failurePercent())
                    .waitDurationInOpenState(rule.openFor())
                    .permittedNumberOfCallsInHalfOpenState(3)
                    .build());
  }

  BackendView view() {
    return view;
  }

  RawHttpClient client() {
    return client;
  }

  /** Takes a place; false when the circuit is open. */
  boolean permitted() {
    return breaker == null || breaker.tryAcquirePermission();
  }

  /** Takes a place among those that may be in flight or wait; false when all are taken. */
  boolean enter() {
    if (inFlight.incrementAndGet() > view.maxConnections() + view.maxPending()) {
      inFlight.decrementAndGet();
      return false;
    }
    return true;
  }

  void leave() {
    inFlight.decrementAndGet();
  }

  void succeeded(long nanos) {
    if (breaker != null) {
      breaker.onSuccess(nanos, java.util.concurrent.TimeUnit.NANOSECONDS);
    }
  }

  void failed(long nanos, Throwable why) {
    if (breaker != null) {
      breaker.onError(nanos, java.util.concurrent.TimeUnit.NANOSECONDS, why);
    }
  }

  void released() {
    if (breaker != null) {
      breaker.releasePermission();
    }
  }

  /** Where a request goes: the base URL, and what follows the route's path. */
  URI target(String path, @Nullable String query) {
    var rest = path.length() > prefix ? path.substring(prefix) : "";
    return URI.create(base + rest + (query == null ? "" : "?" + query));
  }

  /** Sets the headers that the route adds for this backend. */
  void addHeaders(MutableHttpRequest<?> request, Secrets secrets) {
    for (var header : view.headers()) {
      var secret = header.secret();
      var value = header.value();
      if (secret != null) {
        value =
            secrets
                .read(secret, "upstream")
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
                .orElse(null);
      }
      if (value != null) {
        request.getHeaders().set(header.name(), value);
      }
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

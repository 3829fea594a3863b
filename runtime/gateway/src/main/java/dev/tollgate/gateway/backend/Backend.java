package dev.tollgate.gateway.backend;

import dev.tollgate.core.Seldom;
import dev.tollgate.core.limits.FairQueue;
import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.view.BackendView;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.http.RequestTarget;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.client.RawHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One place requests go to: its connections, its circuit breaker, and the queue in which tenants
 * wait their turn when every connection is busy.
 */
public final class Backend implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Backend.class);

  private final BackendView view;
  private final RawHttpClient client;
  private final @Nullable CircuitBreaker breaker;
  private final FairQueue queue;
  private final URI url;
  private final String base;
  private final int prefix;
  private final String origin;
  private final String name;
  private final MissingSecret missingSecret;
  private final Seldom failing = new Seldom();

  public Backend(
      RouteView route, BackendView view, RawHttpClient client, ScheduledExecutorService timer) {
    this.name = "Backend " + view.name() + " of route " + route.name();
    this.missingSecret = new MissingSecret(name);
    this.view = view;
    this.client = client;
    this.prefix = route.path().equals("/") ? 0 : route.path().length();
    this.url = PlainHttp2.http(Objects.requireNonNull(view.url()));
    var text = url.toString();
    this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    this.origin = text + " " + view.headers() + " " + route.cacheFor();
    this.queue = new FairQueue(view.maxConnections(), view.maxPending(), timer);
    this.breaker = breaker(route, view);
  }

  private static @Nullable CircuitBreaker breaker(RouteView route, BackendView view) {
    var rule = route.breaker();
    if (rule == null) {
      return null;
    }
    return CircuitBreaker.of(
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

  public BackendView view() {
    return view;
  }

  /**
   * What kept answers of it depend on: where they come from, and how they are asked for and kept.
   */
  public String origin() {
    return origin;
  }

  /** What its requests are sent with, over its own connections. */
  public RawHttpClient client() {
    return client;
  }

  /** Where requests wait for a turn at it, fairly by tenant. */
  public FairQueue queue() {
    return queue;
  }

  /** Whether the circuit lets a request through; each that it does must end in one of the below. */
  public boolean permitted() {
    return breaker == null || breaker.tryAcquirePermission();
  }

  /** Whether requests are kept from it because too many failed. */
  public boolean open() {
    return breaker != null && breaker.getState() == CircuitBreaker.State.OPEN;
  }

  /** It answered, after so many nanoseconds. */
  public void succeeded(long nanos) {
    if (breaker != null) {
      breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** It answered that it cannot. */
  public void failed(long nanos, Failures.ServerError why) {
    count(nanos, why);
  }

  /** It did not answer; why is in the log, for callers are not told. */
  public void unanswered(long nanos, Throwable why) {
    count(nanos, why);
    if (failing.now()) {
      LOG.warn("{} fails: {}", name, Failures.words(why));
    }
  }

  private void count(long nanos, Throwable why) {
    if (breaker != null) {
      breaker.onError(nanos, TimeUnit.NANOSECONDS, why);
    }
  }

  /** The request was not made after all. */
  public void released() {
    if (breaker != null) {
      breaker.releasePermission();
    }
  }

  /** Waits for a connection's turn, until the request's deadline; see {@link FairQueue#acquire}. */
  public CompletionStage<Permit> acquire(Admission admission) {
    var tenant = admission.principal().tenant();
    return queue.acquire(tenant, admission.deadline());
  }

  /** What follows the base URL of this backend for a request: its path after the route's. */
  public URI target(RequestTarget asked) {
    var rest = asked.path().length() > prefix ? asked.path().substring(prefix) : "";
    return URI.create(base + rest + asked.search());
  }

  public URI url() {
    return url;
  }

  /**
   * Sets the headers that the route adds for this backend.
   *
   * @return the name of one that has no value, so that the request must not be sent; null where all
   *     have
   */
  public @Nullable String addHeaders(MutableHttpHeaders headers, Secrets secrets) {
    var missing = UpstreamHeaders.set(headers, view.headers(), secrets);
    if (missing == null) {
      return null;
    }
    missingSecret.tell("header " + missing.name(), missing.secret());
    return missing.name();
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.tollgate.gateway.admission;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What one route counts. Labels are the route, the class of the status and the reason of a refusal:
 * never a tenant, whose figures are in the ledger, nor anything a caller may choose.
 */
public final class RouteMeters {

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofMillis(2500),
    Duration.ofSeconds(10)
  };

  private final MeterRegistry registry;
  private final String route;
  private final AtomicReferenceArray<Timer> byClass = new AtomicReferenceArray<>(6);
  private final Map<String, Counter> refusals = new ConcurrentHashMap<>();
  private final Map<String, Counter> cache = new ConcurrentHashMap<>();
  private final Counter retries;
  private final Counter bytesIn;
  private final Counter bytesOut;

  public RouteMeters(MeterRegistry registry, String route) {
    this.registry = registry;
    this.route = route;
    this.retries = counter("tollgate.retries", "Tries after the first");
    this.bytesIn = counter("tollgate.bytes.in", "Bytes of request bodies");
    this.bytesOut = counter("tollgate.bytes.out", "Bytes of response bodies");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).tag("route", route).register(registry);
  }

  /** An admitted request has ended. */
  public void ended(int status, long nanos, long in, long out) {
    var kind = Math.min(5, Math.max(0, status / 100));
    var timer = byClass.get(kind);
    if (timer == null) {
      timer =
          Timer.builder("tollgate.requests")
              .description("Admitted requests, until the last byte of the answer")
              .tags("route", route, "status", kind == 0 ? "none" : kind + "xx")
              .serviceLevelObjectives(BUCKETS)
              .register(registry);
      byClass.set(kind, timer);
    }
    timer.record(nanos, TimeUnit.NANOSECONDS);
    if (in > 0) {
      bytesIn.increment((double) in);
    }
    if (out > 0) {
      bytesOut.increment((double) out);
    }
  }

  /** A request was not admitted; {@code reason} is the type of its problem. */
  public void refused(String reason) {
    refusals
        .computeIfAbsent(
            reason,
            r ->
                Counter.builder("tollgate.refused")
                    .description("Requests that were not admitted")
                    .tags("route", route, "reason", r)
                    .register(registry))
        .increment();
  }

  public void retried() {
    retries.increment();
  }

  /** What the response cache could do: hit, miss, revalidated or stale. */
  public void cached(String result) {
    cache
        .computeIfAbsent(
            result,
            r ->
                Counter.builder("tollgate.cache")
                    .description("Requests of routes with a cache, by what it could do")
                    .tags("route", route, "result", r)
                    .register(registry))
        .increment();
  }
}

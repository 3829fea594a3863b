package dev.tollgate.ai.route;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What calls to models count, by the names of OpenTelemetry's conventions for generative AI. A
 * tenant is a label as long as there are few; beyond {@value #MOST_TENANTS} they are {@code other},
 * and their figures are in the ledger.
 */
final class ModelMeters {

  static final int MOST_TENANTS = 200;

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(90)
  };

  private final MeterRegistry registry;
  private final Map<Key, Series> series = new ConcurrentHashMap<>();
  private final Map<String, Boolean> tenants;

  record Key(String tenant, String model, String backend) {}

  /**
   * @param tenants that have a label of their own, shared by all routes
   */
  ModelMeters(MeterRegistry registry, Map<String, Boolean> tenants) {
    this.registry = registry;
    this.tenants = tenants;
  }

  /** The series of a tenant, a model and a backend. */
  Series of(String tenant, String model, String backend) {
    return series.computeIfAbsent(
        new Key(label(tenant), model, backend), key -> new Series(registry, key));
  }

  private String label(String tenant) {
    if (tenants.containsKey(tenant)) {
      return tenant;
    }
    if (tenants.size() >= MOST_TENANTS) {
      return "other";
    }
    tenants.put(tenant, true);
    return tenant;
  }

  /** What one tenant, model and backend have counted. */
  static final class Series {
    private final Timer firstToken;
    private final Timer perToken;
    private final Timer duration;
    private final Timer queued;
    private final Counter in;
    private final Counter out;
    private final Counter cost;

    Series(MeterRegistry registry, Key key) {
      var tags =
          Tags.of(
              "tenant",
              key.tenant(),
              "gen_ai.request.model",
              key.model(),
              "backend",
              key.backend());
      firstToken =
          timer("gen_ai.server.time_to_first_token", "Until the first content", tags, registry);
      perToken =
          timer(
              "gen_ai.server.time_per_output_token", "Between tokens, on average", tags, registry);
      duration = timer("gen_ai.server.request.duration", "Until the end", tags, registry);
      queued = timer("tollgate.model.queued", "Wait for a turn at the backend", tags, registry);
      in =
          counter(
              "gen_ai.client.token.usage",
              "Tokens",
              tags.and("gen_ai.token.type", "input"),
              registry);
      out =
          counter(
              "gen_ai.client.token.usage",
              "Tokens",
              tags.and("gen_ai.token.type", "output"),
              registry);
      cost =
          counter(
              "tollgate.model.cost", "Millionths of the minor unit of the price", tags, registry);
    }

    private static Timer timer(String name, String text, Tags tags, MeterRegistry registry) {
      return Timer.builder(name)
          .description(text)
          .tags(tags)
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
    }

    private static Counter counter(String name, String text, Tags tags, MeterRegistry registry) {
      return Counter.builder(name).description(text).tags(tags).register(registry);
    }

    /**
     * A call has ended.
     *
     * @param firstNanos until the first content; negative when none came
     * @param queuedNanos of waiting for turns
     */
    void ended(
        long nanos, long firstNanos, long queuedNanos, long tokensIn, long tokensOut, long money) {
      queued.record(queuedNanos, TimeUnit.NANOSECONDS);
      duration.record(nanos, TimeUnit.NANOSECONDS);
      if (firstNanos >= 0) {
        firstToken.record(firstNanos, TimeUnit.NANOSECONDS);
        if (tokensOut > 1) {
          perToken.record((nanos - firstNanos) / (tokensOut - 1), TimeUnit.NANOSECONDS);
        }
      }
      in.increment((double) tokensIn);
      out.increment((double) tokensOut);
      cost.increment((double) money);
    }
  }
}

package dev.tollgate.ai.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.crd.view.ModelCacheView;
import dev.tollgate.crd.view.ModelRouteView;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers of one model route. When the route changes, none from before is found any more. */
public final class RouteCache {

  /** Calls that wait for one answer; each holds a connection of its client. */
  private static final int MOST_WAITING = 1000;

  private final AnswerCache answers;
  private final Flights flights = new Flights(MOST_WAITING);
  private final String route;
  private final ModelCacheView view;
  private final byte[] version;
  private final Counter hits;
  private final Counter misses;

  private RouteCache(
      AnswerCache answers, ModelRouteView route, ModelCacheView view, MeterRegistry registry) {
    this.answers = answers;
    this.route = route.name();
    this.view = view;
    version = sha256().digest(route.toString().getBytes(UTF_8));
    hits = counter(registry, route.name(), "hit");
    misses = counter(registry, route.name(), "miss");
  }

  /** Null when the route keeps no answers. */
  public static @Nullable RouteCache of(
      AnswerCache answers, ModelRouteView route, MeterRegistry registry) {
    var view = route.cache();
    return view == null ? null : new RouteCache(answers, route, view, registry);
  }

  private static Counter counter(MeterRegistry registry, String route, String result) {
    return Counter.builder("tollgate.model.cache")
        .description("Calls to models that were looked up in the cache")
        .tags("route", route, "result", result)
        .register(registry);
  }

  /**
   * @param tenant its id
   * @param features of the dialect that the caller's headers ask for
   */
  public AnswerKey key(String tenant, ModelRequest request, List<String> features) {
    var digest = sha256();
    digest.update(version);
    digest.update(request.dialect().name().getBytes(UTF_8));
    digest.update((byte) 0);
    for (var feature : features) {
      digest.update(feature.getBytes(UTF_8));
      digest.update((byte) 0);
    }
    digest.update((byte) 0);
    digest.update(request.body());
    return new AnswerKey(tenant, route, HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The answer that was kept; null when there is none, or none any more. */
  public @Nullable CachedAnswer find(AnswerKey key) {
    return answers.find(key);
  }

  /** Counts a call that is answered from here. */
  public void hit() {
    hits.increment();
  }

  /** Counts a call that asks the model. */
  public void missed() {
    misses.increment();
  }

  /**
   * What a call does for an answer that is not there: it asks the model, or waits for an equal one
   * that does. Null when so many wait that it should ask the model by itself.
   */
  public Flights.@Nullable Place board(AnswerKey key) {
    return flights.board(key);
  }

  /** What copies the stream of an answer on its way to a sink. */
  public AnswerRecording record(AnswerKey key, ResponseSink next) {
    return new AnswerRecording(this, key, next);
  }

  /**
   * Keeps a complete answer, unless it is too large, and gives it to the calls that wait for it.
   */
  public void keep(AnswerKey key, byte[] body, Usage usage) {
    var answer = new CachedAnswer(body, usage);
    answers.keep(key, answer, view.ttl());
    flights.land(key, answer);
  }

  int most() {
    return answers.most();
  }

  /**
   * What an answer from the cache costs, rounded up.
   *
   * @param cost of the same answer from the model, in millionths of the minor unit
   */
  public long cost(long cost) {
    long percent = view.hitPercent();
    return cost / 100 * percent + Math.ceilDiv(cost % 100 * percent, 100L);
  }
}

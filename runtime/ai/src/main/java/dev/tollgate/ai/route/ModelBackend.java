package dev.tollgate.ai.route;

import dev.tollgate.core.limits.FairQueue;
import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.view.ModelBackendView;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.backend.MissingSecret;
import dev.tollgate.gateway.backend.UpstreamHeaders;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.client.RawHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One place that answers for a model: its connections, the queue in which tenants wait for it, and
 * whether it is well. It is left out while its model is not loaded, and, longer each time, after
 * failures in a row. Any thread.
 */
final class ModelBackend implements AutoCloseable {

  private static final int FAILURES_IN_A_ROW = 3;
  private static final long FIRST_EJECTION_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MOST_DOUBLINGS = 5;

  private final ModelBackendView view;
  private final RawHttpClient client;
  private final FairQueue queue;
  private final ModelUrls urls;
  private final ModelListing listing;
  private final MissingSecret missingSecret;

  /** What the last check said; well until the first has been made. */
  private volatile ModelHealth.State health = ModelHealth.State.UNKNOWN;

  private int failures;
  private int ejections;
  private boolean ejected;
  private long ejectedUntil;

  ModelBackend(ModelBackendView view, RawHttpClient client, ScheduledExecutorService timer) {
    this.view = view;
    this.client = client;
    this.queue = new FairQueue(view.maxConcurrent(), view.maxPending(), timer);
    this.urls = new ModelUrls(view.provider(), view.url());
    this.missingSecret = new MissingSecret("Backend " + view.name());
    this.listing = new ModelListing(view.provider(), view.model());
  }

  ModelBackendView view() {
    return view;
  }

  RawHttpClient client() {
    return client;
  }

  FairQueue queue() {
    return queue;
  }

  /** The URL of a path of the provider's API; see {@link ModelUrls#of}. */
  URI url(String path) {
    return urls.of(path);
  }

  ModelListing listing() {
    return listing;
  }

  ModelHealth.State health() {
    return health;
  }

  /** A check has been made; one that went well ends an ejection. */
  synchronized void checked(ModelHealth.State state) {
    health = state;
    if (state == ModelHealth.State.WELL) {
      ejected = false;
      failures = 0;
    }
  }

  /** Whether calls should go there. */
  synchronized boolean available() {
    if (health == ModelHealth.State.ILL) {
      return false;
    }
    if (ejected && System.nanoTime() - ejectedUntil >= 0) {
      ejected = false;
      failures = FAILURES_IN_A_ROW - 1; // the next failure ejects again
    }
    return !ejected;
  }

  /** It answered a call. */
  synchronized void succeeded() {
    failures = 0;
    ejections = 0;
  }

  /**
   * It failed a call.
   *
   * @param unreachable when no connection was made, which needs no second proof
   */
  synchronized void failed(boolean unreachable) {
    failures++;
    if (!ejected && (unreachable || failures >= FAILURES_IN_A_ROW)) {
      ejected = true;
      ejectedUntil =
          System.nanoTime() + (FIRST_EJECTION_NANOS << Math.min(ejections, MOST_DOUBLINGS));
      ejections++;
    }
  }

  /** How busy it is, for its weight: the least is asked next. */
  double load() {
    return (queue.busy() + queue.waiting() + 1.0) / Math.max(1, view.weight());
  }

  /** Waits for a turn; see {@link FairQueue#acquire}. */
  CompletionStage<Permit> acquire(Admission admission) {
    return queue.acquire(admission.principal().tenant(), admission.deadline());
  }

  /**
   * Sets the key as the provider wants it, and the headers that the route adds.
   *
   * @return what has no value, since its Secret is missing, so that the request must not be sent;
   *     null where all have
   */
  @Nullable String addHeaders(MutableHttpHeaders headers, Secrets secrets) {
    var ref = view.key();
    var key = ref == null ? null : UpstreamHeaders.secret(ref, secrets).orElse(null);
    if (ref != null && key == null) {
      return missing("key", ref);
    }
    if (key != null) {
      switch (view.provider()) {
        case Anthropic -> headers.set("x-api-key", key);
        case OpenAI, Ollama -> headers.set("Authorization", "Bearer " + key);
      }
    }
    switch (view.provider()) {
      case Anthropic -> headers.set("anthropic-version", "2023-06-01");
      case OpenAI, Ollama -> {}
    }
    var missing = UpstreamHeaders.set(headers, view.headers(), secrets);
    return missing == null ? null : missing("header " + missing.name(), missing.secret());
  }

  private String missing(String what, @Nullable SecretRef secret) {
    missingSecret.tell(what, secret);
    return what;
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the connections of " + view.name() + " do not close", e);
    }
  }
}

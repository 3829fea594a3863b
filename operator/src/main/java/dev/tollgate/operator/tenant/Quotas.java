package dev.tollgate.operator.tenant;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.resolution.Replicas;
import dev.tollgate.operator.resolution.Resolution;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the tenants of a namespace have come into what their plans include. Asks one replica,
 * which reads the ledger of all, every five seconds; an answer that is the one before costs neither
 * side more than the question. Where nobody answers, what is known stays. Any thread; one of its
 * own asks.
 */
final class Quotas implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EVERY_SECONDS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Replicas replicas;
  private final Resolution resolution;
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("quotas").factory());

  /** Null until a replica has answered. */
  private volatile @Nullable Answer last;

  /**
   * @param tag the replica's name for this answer
   * @param reached the tenants that are not well within what is included
   */
  private record Answer(String tag, Map<String, QuotaState> reached) {}

  Quotas(Replicas replicas, Resolution resolution) {
    this.replicas = replicas;
    this.resolution = resolution;
  }

  /**
   * Begins to ask.
   *
   * @param tenants those there are; none while they are not known yet
   * @param wake called with each whose status says something else
   */
  void follow(Supplier<Stream<Tenant>> tenants, Consumer<ResourceID> wake) {
    var _ =
        worker.scheduleWithFixedDelay(
            () -> {
              try {
                ask(tenants, wake);
              } catch (RuntimeException e) {
                LOG.warn("Quotas cannot be told, trying again", e);
              }
            },
            EVERY_SECONDS,
            EVERY_SECONDS,
            TimeUnit.SECONDS);
  }

  /** The state of a tenant; empty until a replica has answered. */
  Optional<QuotaState> of(String tenant) {
    var answer = last;
    return answer == null
        ? Optional.empty()
        : Optional.of(answer.reached().getOrDefault(tenant, QuotaState.WithinIncluded));
  }

  private void ask(Supplier<Stream<Tenant>> tenants, Consumer<ResourceID> wake) {
    if (tenants.get().findAny().isEmpty()) {
      return;
    }
    for (var replica : replicas.ready(resolution.shared().gatewayPools().keySet())) {
      try {
        var before = last;
        var answer = read(replica, before);
        if (!answer.equals(before)) {
          last = answer;
          tenants.get().filter(this::differs).map(ResourceID::fromResource).forEach(wake);
        }
        return;
      } catch (IOException e) {
        LOG.debug("{} did not tell quotas: {}", replica.getMetadata().getName(), e.toString());
      }
    }
  }

  private boolean differs(Tenant tenant) {
    var status = tenant.getStatus();
    return status != null
        && status.id() != null
        && !Objects.equals(status.quota(), of(tenant.getMetadata().getName()).orElse(null));
  }

  private Answer read(Pod replica, @Nullable Answer before) throws IOException {
    var request = HttpRequest.newBuilder().GET();
    if (before != null) {
      request.header("If-None-Match", before.tag());
    }
    var answer = replicas.send(replica, "/tollgate/quotas", request, PATIENCE);
    if (answer.statusCode() == HttpURLConnection.HTTP_NOT_MODIFIED && before != null) {
      return before;
    }
    if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("it answered " + answer.statusCode());
    }
    return parse(answer);
  }

  private static Answer parse(HttpResponse<String> answer) throws IOException {
    Map<String, QuotaState> reached = new HashMap<>();
    for (var entry : JSON.readTree(answer.body()).path("quotas").properties()) {
      var text = entry.getValue().asText();
      for (var state : List.of(QuotaState.values())) {
        if (state.name().equals(text)) {
          reached.put(entry.getKey(), state);
        }
      }
    }
    return new Answer(answer.headers().firstValue("ETag").orElse(""), Map.copyOf(reached));
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}

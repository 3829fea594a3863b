package dev.tollgate.operator.gateway;

import dev.tollgate.operator.Apply;
import dev.tollgate.operator.resolution.Replicas;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Has the Prometheus operator scrape the replicas of a pool, where the cluster has one: a
 * ServiceMonitor of the pool's management port. Whether its kind is served is asked once a minute
 * at most.
 */
final class Monitoring {

  static final String API = "monitoring.coreos.com/v1";
  static final String KIND = "ServiceMonitor";
  private static final Duration ASK_EVERY = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<String, String> labels;
  private Instant askAgain = Instant.MIN;
  private boolean served;

  /**
   * @param labels for a Prometheus that looks at labelled monitors alone
   */
  Monitoring(KubernetesClient client, Clock clock, Map<String, String> labels) {
    this.client = client;
    this.clock = clock;
    this.labels = labels;
  }

  void apply(Owned owned) {
    var monitor = desired(owned);
    if (monitor.isEmpty()) {
      return;
    }
    try {
      Apply.apply(client, monitor.get());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      forget();
    }
  }

  /** What is applied for a pool; nothing where the cluster does not know the kind. */
  Optional<GenericKubernetesResource> desired(Owned owned) {
    return served() ? Optional.of(monitor(owned)) : Optional.empty();
  }

  private synchronized boolean served() {
    var now = clock.instant();
    if (!now.isBefore(askAgain)) {
      served = client.supports(API, KIND);
      askAgain = now.plus(ASK_EVERY);
    }
    return served;
  }

  /** The kind is no longer there. */
  private synchronized void forget() {
    served = false;
  }

  private GenericKubernetesResource monitor(Owned owned) {
    var monitor = new GenericKubernetesResource();
    monitor.setApiVersion(API);
    monitor.setKind(KIND);
    monitor.setMetadata(owned.meta(owned.name()));
    monitor.getMetadata().getLabels().putAll(labels);
    monitor.setAdditionalProperty(
        "spec",
        Map.of(
            "selector",
            Map.of("matchLabels", owned.labels()),
            "podTargetLabels",
            List.of(Replicas.POOL_LABEL),
            "endpoints",
            List.of(Map.of("port", "management", "path", "/prometheus"))));
    return monitor;
  }
}

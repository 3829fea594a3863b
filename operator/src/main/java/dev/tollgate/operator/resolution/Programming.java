package dev.tollgate.operator.resolution;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which generation of each resource every replica serves. Asks the replicas, once a second
 * and only while something is waited for.
 */
public final class Programming implements AutoCloseable {

  /** Label of a replica's pod that names its pool. */
  public static final String POOL_LABEL = "tollgate.dev/gateway-pool";

  private static final Logger LOG = LoggerFactory.getLogger(Programming.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final SharedIndexInformer<Pod> pods;
  private final int managementPort;
  private final Map<String, Map<String, Long>> served = new ConcurrentHashMap<>();
  private final Map<Waiting, Consumer<ResourceID>> waiting = new ConcurrentHashMap<>();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("programming").factory());

  private record Waiting(Set<String> pools, String kind, ResourceID id, long generation) {}

  public Programming(KubernetesClient client, String namespace, int managementPort) {
    this.managementPort = managementPort;
    pods = client.pods().inNamespace(namespace).withLabel(POOL_LABEL).inform();
    var _ = worker.scheduleWithFixedDelay(this::ask, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * The Programmed condition of one resource; while it is not true, {@code wake} is called when
   * that may have changed.
   */
  public Wanted condition(
      Set<String> pools, String kind, ResourceID id, long generation, Consumer<ResourceID> wake) {
    var key = kind + "/" + id.getName();
    var total = 0;
    var ready = 0;
    for (var pod : readyPods(pools)) {
      total++;
      var seen = served.get(pod.getMetadata().getUid());
      if (seen != null && seen.getOrDefault(key, -1L) >= generation) {
        ready++;
      }
    }
    waiting.keySet().removeIf(w -> w.id().equals(id) && w.kind().equals(kind));
    if (total > 0 && ready == total) {
      return Wanted.yes(
          "Programmed",
          "Programmed",
          "Served by " + ready + (ready == 1 ? " replica." : " replicas."));
    }
    waiting.put(new Waiting(pools, kind, id, generation), wake);
    if (total == 0) {
      return Wanted.no(
          "Programmed",
          "NoReplicas",
          "No replica of GatewayPool "
              + String.join(", ", new TreeSet<>(pools))
              + " is ready; see kubectl describe gatewaypool.");
    }
    return Wanted.no(
        "Programmed", "Pending", ready + " of " + total + " replicas serve it so far.");
  }

  private List<Pod> readyPods(Set<String> pools) {
    return pods.getStore().list().stream()
        .filter(p -> pools.contains(p.getMetadata().getLabels().get(POOL_LABEL)))
        .filter(Programming::isReady)
        .toList();
  }

  private static boolean isReady(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus() != null
        && pod.getStatus().getPodIP() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private void ask() {
    try {
      if (waiting.isEmpty()) {
        return;
      }
      Set<String> pools = new TreeSet<>();
      waiting.keySet().forEach(w -> pools.addAll(w.pools()));
      Map<String, Map<String, Long>> answers = new HashMap<>();
      for (var pod : readyPods(pools)) {
        answers.put(pod.getMetadata().getUid(), generations(pod));
      }
      served.putAll(answers);
      served
          .keySet()
          .removeIf(uid ->
              pods.getStore().list().stream().noneMatch(p -> p.getMetadata().getUid().equals(uid)));
      for (var entry : Map.copyOf(waiting).entrySet()) {
        var want = entry.getKey();
        var live = readyPods(want.pools());
        if (!live.isEmpty()
            && live.stream()
                .allMatch(p ->
                    served
                            .getOrDefault(p.getMetadata().getUid(), Map.of())
                            .getOrDefault(want.kind() + "/" + want.id().getName(), -1L)
                        >= want.generation())) {
          waiting.remove(want);
          entry.getValue().accept(want.id());
        }
      }
    } catch (RuntimeException e) {
      LOG.warn("Asking the replicas failed, trying again", e);
    }
  }

  private Map<String, Long> generations(Pod pod) {
    var uri =
        URI.create(
            "http://" + pod.getStatus().getPodIP() + ":" + managementPort + "/tollgate/programmed");
    try {
      var answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      Map<String, Long> seen = new HashMap<>();
      try (var body = answer.body()) {
        JSON.readTree(body)
            .path("resources")
            .properties()
            .forEach(f -> seen.put(f.getKey(), f.getValue().asLong()));
      }
      return seen;
    } catch (IOException e) {
      LOG.debug("{} did not answer: {}", uri, e.toString());
      return Map.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Map.of();
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
    pods.stop();
    http.close();
  }
}

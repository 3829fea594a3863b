package dev.tollgate.operator.resolution;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The replicas of the gateway pools of a namespace, and calls to their management port. Any thread,
 * but one that must not wait: a call blocks until it is answered.
 */
public final class Replicas implements AutoCloseable {

  /** Label of a replica's pod that names its pool. */
  public static final String POOL_LABEL = "tollgate.dev/gateway-pool";

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();
  private final SharedIndexInformer<Pod> pods;
  private final int managementPort;

  public Replicas(KubernetesClient client, String namespace, int managementPort) {
    this.managementPort = managementPort;
    pods = client.pods().inNamespace(namespace).withLabel(POOL_LABEL).inform();
  }

  /** Port at which a replica answers the operator. */
  public int managementPort() {
    return managementPort;
  }

  /** The replicas that are ready, and not on their way out, in the order of their names. */
  public List<Pod> ready(Set<String> pools) {
    return pods.getStore().list().stream()
        .filter(pod -> pools.contains(pool(pod)))
        .filter(Replicas::answers)
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
        .toList();
  }

  /** The pool that a replica belongs to. */
  static String pool(Pod replica) {
    return replica.getMetadata().getLabels().getOrDefault(POOL_LABEL, "");
  }

  private static boolean answers(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus() != null
        && pod.getStatus().getPodIP() != null
        && Readiness.isPodReady(pod);
  }

  /**
   * Sends a request to a replica.
   *
   * @param path absolute, with its query
   * @param request method, headers and body; its address is set here
   * @param patience how long the answer may take
   * @throws IOException when it does not answer in time, or this thread is interrupted
   */
  public HttpResponse<String> send(
      Pod replica, String path, HttpRequest.Builder request, Duration patience) throws IOException {
    var ip = replica.getStatus().getPodIP();
    var host = ip.contains(":") ? "[" + ip + "]" : ip;
    var uri = URI.create("http://" + host + ":" + managementPort + path);
    try {
      return http.send(
          request.uri(uri).timeout(patience).build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the operator is stopping");
    }
  }

  @Override
  public void close() {
    pods.stop();
    http.close();
  }
}

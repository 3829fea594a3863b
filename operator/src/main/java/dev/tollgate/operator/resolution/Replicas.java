package dev.tollgate.operator.resolution;

import dev.tollgate.operator.management.PoolClients;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The replicas of the gateway pools of a namespace, and calls to the port that is the operator's.
 * Any thread, but one that must not wait: a call blocks until it is answered.
 */
public final class Replicas implements AutoCloseable {

  /** Label of a replica's pod that names its pool. */
  public static final String POOL_LABEL = "tollgate.dev/gateway-pool";

  private final SharedIndexInformer<Pod> pods;
  private final PoolClients clients;
  private final int port;

  public Replicas(KubernetesClient client, String namespace, int port) {
    this.port = port;
    clients = new PoolClients(client, namespace);
    pods = client.pods().inNamespace(namespace).withLabel(POOL_LABEL).inform();
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
   * @throws IOException when it does not answer in time, one of both does not know the other, or
   *     this thread is interrupted
   */
  public HttpResponse<String> send(
      Pod replica, String path, HttpRequest.Builder request, Duration patience) throws IOException {
    var ip = replica.getStatus().getPodIP();
    var host = ip.contains(":") ? "[" + ip + "]" : ip;
    var uri = URI.create("https://" + host + ":" + port + path);
    return clients.send(pool(replica), request.uri(uri).timeout(patience).build());
  }

  @Override
  public void close() {
    pods.stop();
    clients.close();
  }
}

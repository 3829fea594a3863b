package dev.tollgate.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One replica as it was just seen.
 *
 * @param pod the name of its pod
 * @param uid that pod's UID
 * @param address host and port, or null before it has one
 * @param held the models that it holds, bytes by full name, or null where it does not answer
 */
record ReplicaView(
    String pod, String uid, @Nullable String address, @Nullable Map<String, Long> held) {

  ReplicaView {
    held = held == null ? null : Map.copyOf(held);
  }

  /** Asks all at once, within {@link OllamaApi#ANSWER}; in the order of their names. */
  static List<ReplicaView> of(HttpClient http, Collection<Pod> pods) {
    List<CompletableFuture<ReplicaView>> asked = new ArrayList<>();
    pods.stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
        .forEach(pod -> asked.add(ask(http, pod)));
    return asked.stream().map(CompletableFuture::join).toList();
  }

  private static CompletableFuture<ReplicaView> ask(HttpClient http, Pod pod) {
    var meta = pod.getMetadata();
    var ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
    if (ip == null || ip.isEmpty()) {
      return CompletableFuture.completedFuture(
          new ReplicaView(meta.getName(), meta.getUid(), null, null));
    }
    var address = (ip.indexOf(':') < 0 ? ip : "[" + ip + "]") + ":" + OllamaSet.PORT;
    return api(http, address)
        .held()
        .handle((held, failure) ->
            new ReplicaView(meta.getName(), meta.getUid(), address, failure == null ? held : null));
  }

  static OllamaApi api(HttpClient http, String address) {
    return new OllamaApi(http, URI.create("http://" + address));
  }
}

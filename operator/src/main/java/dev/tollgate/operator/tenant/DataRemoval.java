package dev.tollgate.operator.tenant;

import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.resolution.Programming;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Has the data of a deleted tenant removed by a replica of the runtime, which alone knows what
 * there is. A finalizer holds the tenant until that is done, but only for so long: a deletion never
 * hangs.
 */
final class DataRemoval implements AutoCloseable {

  /** On a tenant whose data goes with it, and on no other. */
  static final String FINALIZER = "tollgate.dev/reclaim";

  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final KubernetesClient client;
  private final int managementPort;
  private final Duration patience;

  /**
   * @param patience how long a replica has to succeed, from the deletion on
   */
  DataRemoval(KubernetesClient client, int managementPort, Duration patience) {
    this.patience = patience;
    this.client = client;
    this.managementPort = managementPort;
  }

  static boolean holds(Tenant tenant) {
    return tenant.hasFinalizer(FINALIZER);
  }

  /** Whether a replica has had its time. */
  boolean isOver(Tenant tenant, Instant now) {
    var deleted = Instant.parse(tenant.getMetadata().getDeletionTimestamp());
    return !now.isBefore(deleted.plus(patience));
  }

  /**
   * Asks the ready replicas of a pool, one after the other, until one has nothing left.
   *
   * @return why there is still something; empty when all is gone
   */
  Optional<String> remove(String namespace, String pool, Identity identity) {
    var replicas = replicas(namespace, pool);
    if (replicas.isEmpty()) {
      return Optional.of("no replica of GatewayPool " + pool + " is ready");
    }
    var why = "";
    for (var replica : replicas) {
      var failure = ask(replica, identity);
      if (failure.isEmpty()) {
        return failure;
      }
      why = failure.get();
    }
    return Optional.of(why);
  }

  /** What a person is told about data that was kept. */
  String kept(Tenant tenant, String pool, Identity identity, String why) {
    var meta = tenant.getMetadata();
    return ("The data of tenant %s, id %s, on shard %s was kept: %s. To remove it, run"
            + " kubectl -n %s port-forward statefulset/%s-gateway %d and then"
            + " curl -X DELETE 'http://localhost:%d%s'")
        .formatted(
            meta.getName(),
            identity.tenantId(),
            identity.shard(),
            why,
            meta.getNamespace(),
            pool,
            managementPort,
            managementPort,
            path(identity));
  }

  private Optional<String> ask(Pod replica, Identity identity) {
    var ip = replica.getStatus().getPodIP();
    var host = ip.contains(":") ? "[" + ip + "]" : ip;
    var uri = URI.create("http://" + host + ":" + managementPort + path(identity));
    var name = replica.getMetadata().getName();
    try {
      var answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(ANSWER).DELETE().build(),
              HttpResponse.BodyHandlers.discarding());
      return answer.statusCode() == HttpURLConnection.HTTP_NO_CONTENT
          ? Optional.empty()
          : Optional.of("replica " + name + " answered " + answer.statusCode());
    } catch (IOException e) {
      return Optional.of("replica " + name + " did not answer (" + e + ")");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("the operator is stopping");
    }
  }

  private static String path(Identity identity) {
    return "/tollgate/tenants/%s?shard=%s"
        .formatted(
            URLEncoder.encode(identity.tenantId(), StandardCharsets.UTF_8),
            URLEncoder.encode(identity.shard(), StandardCharsets.UTF_8));
  }

  private List<Pod> replicas(String namespace, String pool) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel(Programming.POOL_LABEL, pool)
        .list()
        .getItems()
        .stream()
        .filter(p -> p.getMetadata().getDeletionTimestamp() == null)
        .filter(p -> p.getStatus() != null && p.getStatus().getPodIP() != null)
        .filter(Readiness::isPodReady)
        .sorted(Comparator.comparing(p -> p.getMetadata().getName()))
        .toList();
  }

  @Override
  public void close() {
    http.close();
  }
}

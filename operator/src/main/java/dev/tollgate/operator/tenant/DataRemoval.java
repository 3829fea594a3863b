package dev.tollgate.operator.tenant;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.management.ManagementSecret;
import dev.tollgate.operator.resolution.Replicas;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Has the data of a deleted tenant removed by a replica of the runtime, which alone knows what
 * there is. A finalizer holds the tenant until that is done, but only for so long: a deletion never
 * hangs.
 */
final class DataRemoval {

  /** On a tenant whose data goes with it, and on no other. */
  static final String FINALIZER = "tollgate.dev/reclaim";

  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** Where a person asks, with the token alone. */
  private static final int MANAGEMENT_PORT = 8081;

  private final Replicas replicas;
  private final KubernetesClient client;
  private final Duration patience;

  /**
   * @param patience how long a replica has to succeed, from the deletion on
   */
  DataRemoval(KubernetesClient client, Replicas replicas, Duration patience) {
    this.client = client;
    this.replicas = replicas;
    this.patience = patience;
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
    var ready = replicas.ready(Set.of(pool));
    if (ready.isEmpty()) {
      return Optional.of("no replica of GatewayPool " + pool + " is ready");
    }
    var token = ManagementSecret.token(client, namespace, pool);
    if (token.isEmpty()) {
      return Optional.of("there is no Secret " + PoolSecret.name(pool) + " of the operator's");
    }
    var why = "";
    for (var replica : ready) {
      var failure = ask(replica, identity, token.get());
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
            + " curl -X DELETE -H \"Authorization: Bearer $(kubectl -n %s get secret %s"
            + " -o jsonpath='{.data.%s}' | base64 -d)\" 'http://localhost:%d%s'")
        .formatted(
            meta.getName(),
            identity.tenantId(),
            identity.shard(),
            why,
            meta.getNamespace(),
            pool,
            MANAGEMENT_PORT,
            meta.getNamespace(),
            PoolSecret.name(pool),
            PoolSecret.TOKEN,
            MANAGEMENT_PORT,
            path("/admin/tenant-data", identity));
  }

  private Optional<String> ask(Pod replica, Identity identity, String token) {
    var name = replica.getMetadata().getName();
    try {
      var answer =
          replicas.send(
              replica,
              path("/tollgate/tenants", identity),
              HttpRequest.newBuilder().header("Authorization", "Bearer " + token).DELETE(),
              ANSWER);
      return answer.statusCode() == HttpURLConnection.HTTP_NO_CONTENT
          ? Optional.empty()
          : Optional.of("replica " + name + " answered " + answer.statusCode());
    } catch (IOException e) {
      return Optional.of("replica " + name + " did not answer (" + e + ")");
    }
  }

  private static String path(String root, Identity identity) {
    return "%s/%s?shard=%s"
        .formatted(
            root,
            URLEncoder.encode(identity.tenantId(), StandardCharsets.UTF_8),
            URLEncoder.encode(identity.shard(), StandardCharsets.UTF_8));
  }
}

package dev.tollgate.operator.tenant;

import dev.tollgate.core.access.ManagementToken;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.conditions.SecretRefs;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token by which the replicas of a gateway pool know the operator: in a Secret of the pool,
 * which is made when it is first needed and dies with the pool.
 */
record PoolToken(KubernetesClient client, String namespace) {

  private static final int BYTES = 24;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The token; empty where there is no such pool, or its Secret is another's. */
  Optional<String> of(String pool) {
    var secrets = client.secrets().inNamespace(namespace);
    var name = ManagementToken.secret(pool);
    var known = read(secrets.withName(name).get());
    if (known.isPresent()) {
      return known;
    }
    var owner = client.resources(GatewayPool.class).inNamespace(namespace).withName(pool).get();
    if (owner == null) {
      return known;
    }
    try {
      return read(secrets.resource(made(name, owner)).create());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return read(secrets.withName(name).get());
    }
  }

  private static Optional<String> read(@Nullable Secret secret) {
    var meta = secret == null ? null : secret.getMetadata();
    if (secret == null
        || secret.getData() == null
        || meta == null
        || meta.getLabels() == null
        || !ManagementToken.USE.equals(meta.getLabels().get(SecretRefs.USE))) {
      return Optional.empty();
    }
    return Optional.ofNullable(secret.getData().get(ManagementToken.KEY))
        .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
  }

  private Secret made(String name, GatewayPool owner) {
    var random = new byte[BYTES];
    RANDOM.nextBytes(random);
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .withLabels(
            Map.of("app.kubernetes.io/managed-by", "tollgate", SecretRefs.USE, ManagementToken.USE))
        .withOwnerReferences(Owner.of(owner))
        .endMetadata()
        .withType("Opaque")
        .addToStringData(ManagementToken.KEY, HexFormat.of().formatHex(random))
        .build();
  }
}

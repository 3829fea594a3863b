package dev.tollgate.operator.management;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.SecretData;
import dev.tollgate.operator.tls.Authority;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The Secret of a pool with a token and certificates: made with the pool, gone with it, and renewed
 * in good time. Replicas and operator take up what is new when they meet it: the authority of the
 * certificates before stays among those that are trusted.
 */
public final class ManagementSecret {

  private static final Duration LIFETIME = Duration.ofDays(365);

  /** What is left of a certificate's time when it is renewed. */
  private static final Duration RENEWED = LIFETIME.dividedBy(3);

  private static final int TOKEN_BYTES = 24;

  private final KubernetesClient client;
  private final Clock clock;

  public ManagementSecret(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** What the Secret of a pool is known by, without anything in it. */
  public static Secret of(GatewayPool pool) {
    var meta = pool.getMetadata();
    return new SecretBuilder()
        .withNewMetadata()
        .withName(PoolSecret.name(meta.getName()))
        .withNamespace(meta.getNamespace())
        .withLabels(
            Map.of(
                "app.kubernetes.io/managed-by", "tollgate", SecretUse.LABEL, SecretUse.MANAGEMENT))
        .withOwnerReferences(Owner.of(pool))
        .endMetadata()
        .withType("Opaque")
        .build();
  }

  /** Has it there with all that belongs in it; nothing is written where nothing is missing. */
  public void ensure(GatewayPool pool) {
    var desired = of(pool);
    var meta = desired.getMetadata();
    var data =
        read(client.secrets().inNamespace(meta.getNamespace()).withName(meta.getName()).get())
            .map(TreeMap::new)
            .orElseGet(TreeMap::new);
    var lasting = last(data, clock.instant());
    if (lasting && data.containsKey(PoolSecret.TOKEN)) {
      return;
    }
    data.computeIfAbsent(PoolSecret.TOKEN, key -> SecretData.encoded(newToken()));
    if (!lasting) {
      renew(data, "%s-gateway.%s.svc".formatted(pool.getMetadata().getName(), meta.getNamespace()));
    }
    desired.setData(data);
    var _ = Apply.apply(client, desired);
  }

  private void renew(Map<String, String> data, String service) {
    var authority = new Authority(service, clock.instant(), LIFETIME);
    var replica = authority.server(service);
    var operator = authority.client("operator");
    var before = first(data.get(PoolSecret.AUTHORITIES));
    data.put(PoolSecret.AUTHORITIES, SecretData.encoded(authority.certificate() + before));
    data.put(PoolSecret.CERTIFICATE, SecretData.encoded(replica.certificate()));
    data.put(PoolSecret.KEY, SecretData.encoded(replica.key()));
    data.put(PoolSecret.OPERATOR_CERTIFICATE, SecretData.encoded(operator.certificate()));
    data.put(PoolSecret.OPERATOR_KEY, SecretData.encoded(operator.key()));
  }

  private static String newToken() {
    var random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /** The data of a Secret that is the operator's; empty of another's. */
  static Optional<Map<String, String>> read(@Nullable Secret secret) {
    if (secret == null
        || secret.getData() == null
        || secret.getMetadata().getLabels() == null
        || !SecretUse.MANAGEMENT.equals(secret.getMetadata().getLabels().get(SecretUse.LABEL))) {
      return Optional.empty();
    }
    return Optional.of(secret.getData());
  }

  private static boolean last(Map<String, String> data, Instant now) {
    return data.containsKey(PoolSecret.KEY)
        && data.containsKey(PoolSecret.OPERATOR_KEY)
        && data.containsKey(PoolSecret.AUTHORITIES)
        && lasts(data.get(PoolSecret.CERTIFICATE), now)
        && lasts(data.get(PoolSecret.OPERATOR_CERTIFICATE), now);
  }

  private static boolean lasts(@Nullable String certificate, Instant now) {
    if (certificate == null) {
      return false;
    }
    try {
      var read =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(SecretData.bytes(certificate)));
      return read instanceof X509Certificate x509
          && now.isBefore(x509.getNotAfter().toInstant().minus(RENEWED));
    } catch (CertificateException | IllegalArgumentException e) {
      return false;
    }
  }

  /** The first certificate of several; empty where there is none. */
  private static String first(@Nullable String authorities) {
    if (authorities == null) {
      return "";
    }
    var text = SecretData.text(authorities);
    var end = text.indexOf("-----END CERTIFICATE-----\n");
    return end < 0 ? "" : text.substring(0, end) + "-----END CERTIFICATE-----\n";
  }

  /** The token of a pool; empty while it has none. */
  public static Optional<String> token(KubernetesClient client, String namespace, String pool) {
    var secret = client.secrets().inNamespace(namespace).withName(PoolSecret.name(pool)).get();
    return read(secret).map(data -> data.get(PoolSecret.TOKEN)).map(SecretData::text);
  }
}

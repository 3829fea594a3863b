package dev.tollgate.operator.shard;

import dev.tollgate.core.store.Credentials;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tls.ServerCertificate;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.operator.SecretData;
import dev.tollgate.operator.tls.Authority;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The two Secrets of one shard. {@code <pool>-root-<n>} has every password and is read by the
 * database's pod alone; {@code <pool>-credentials-<n>} is what the runtime may read, and follows
 * from it. Neither has an owner: with the volume they are what is needed to read the data again.
 */
final class ShardSecrets {

  static final String OPERATOR_KEY = "operator-password";

  /** Database user that the operator itself is. */
  static final String OPERATOR = "operator";

  /** The database's private key and certificate. */
  static final String KEY = ServerCertificate.KEY;

  static final String CERTIFICATE = ServerCertificate.CHAIN;

  /** As long as nobody deletes the Secret, which has all in it made anew. */
  private static final Duration LIFETIME = Duration.ofDays(3650);

  private static final int PASSWORD_BYTES = 24;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final KubernetesClient client;
  private final ShardPool pool;
  private final int number;

  ShardSecrets(KubernetesClient client, ShardPool pool, int number) {
    this.client = client;
    this.pool = pool;
    this.number = number;
  }

  static String rootName(ShardPool pool, int number) {
    return pool.getMetadata().getName() + "-root-" + number;
  }

  static String credentialsName(ShardPool pool, int number) {
    return Credentials.secret(pool.getMetadata().getName(), number);
  }

  /** Both Secrets, by their names alone. */
  List<Secret> names() {
    return List.of(
        new SecretBuilder().withMetadata(meta(rootName(pool, number), Map.of())).build(),
        new SecretBuilder().withMetadata(meta(credentialsName(pool, number), Map.of())).build());
  }

  /** The Secret of the database's pod, made when it is missing. */
  Secret root() throws IncompleteSecretException {
    var secret = named(rootName(pool, number));
    var found = secret.get();
    if (found == null) {
      return create(secret, newRoot());
    }
    return has(found, KEY) && has(found, CERTIFICATE) && has(found, Credentials.AUTHORITY)
        ? found
        : change(found, newCertificate(), Map.of());
  }

  /** The Secret of the runtime, made of {@code root} when it is missing. */
  Secret credentials(Secret root) throws IncompleteSecretException {
    var secret = named(credentialsName(pool, number));
    var found = secret.get();
    if (found == null) {
      return create(secret, newCredentials(root));
    }
    var authority = value(root, Credentials.AUTHORITY);
    return has(found, Credentials.AUTHORITY)
            && value(found, Credentials.AUTHORITY).equals(authority)
        ? found
        : change(found, Map.of(Credentials.AUTHORITY, authority), Map.of());
  }

  private static boolean has(Secret secret, String key) {
    return secret.getData() != null && secret.getData().containsKey(key);
  }

  /** What the database is known by. */
  private Map<String, String> newCertificate() {
    var authority = new Authority(host(), Instant.now(), LIFETIME);
    var own = authority.server(host());
    return Map.of(
        KEY,
        own.key(),
        CERTIFICATE,
        own.certificate(),
        Credentials.AUTHORITY,
        authority.certificate());
  }

  private String host() {
    var meta = pool.getMetadata();
    return "%s-%d.%s.svc".formatted(meta.getName(), number, meta.getNamespace());
  }

  /**
   * Changes some values, and annotations, of a Secret that was read before.
   *
   * @param data values as they are, not yet in base64
   * @return as it is then
   * @throws KubernetesClientException with code 409 when it was changed since
   */
  Secret change(Secret read, Map<String, String> data, Map<String, @Nullable String> annotations) {
    var meta = read.getMetadata();
    var patch =
        new SecretBuilder()
            .withNewMetadata()
            .withResourceVersion(meta.getResourceVersion())
            .withAnnotations(annotations)
            .endMetadata();
    data.forEach((key, value) -> patch.addToData(key, SecretData.encoded(value)));
    return named(meta.getName())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            client.getKubernetesSerialization().asJson(patch.build()));
  }

  /** A password of 192 random bits, in characters that neither SQL nor a shell reads. */
  static String newPassword() {
    var bytes = new byte[PASSWORD_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * One value.
   *
   * @throws IncompleteSecretException when the Secret lacks the key
   */
  static String value(Secret secret, String key) throws IncompleteSecretException {
    var encoded = secret.getData() == null ? null : secret.getData().get(key);
    if (encoded == null) {
      throw new IncompleteSecretException(secret.getMetadata().getName(), key);
    }
    return SecretData.text(encoded);
  }

  private Resource<Secret> named(String name) {
    return client.secrets().inNamespace(pool.getMetadata().getNamespace()).withName(name);
  }

  /** A second maker loses to the first. */
  private Secret create(Resource<Secret> where, Secret secret) {
    try {
      return client.resource(secret).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return where.require();
    }
  }

  /** New passwords; the one that the runtime uses is kept when only this Secret was lost. */
  private Secret newRoot() throws IncompleteSecretException {
    var secret =
        new SecretBuilder()
            .withMetadata(meta(rootName(pool, number), Map.of()))
            .withType("Opaque")
            .addToData(RuntimeUser.A.key(), SecretData.encoded(newPassword()))
            .addToData(RuntimeUser.B.key(), SecretData.encoded(newPassword()))
            .addToData(OPERATOR_KEY, SecretData.encoded(newPassword()));
    newCertificate().forEach((key, value) -> secret.addToData(key, SecretData.encoded(value)));
    var used = named(credentialsName(pool, number)).get();
    if (used != null) {
      for (var user : RuntimeUser.values()) {
        if (user.login().equals(value(used, Credentials.USER))) {
          secret.addToData(user.key(), SecretData.encoded(value(used, Credentials.PASSWORD)));
        }
      }
    }
    return secret.build();
  }

  private Secret newCredentials(Secret root) throws IncompleteSecretException {
    var user = RuntimeUser.A;
    var url = "jdbc:mariadb://%s:%d/tollgate".formatted(host(), MariaDbResources.PORT);
    return new SecretBuilder()
        .withMetadata(meta(credentialsName(pool, number), Rotation.done(pool, now())))
        .editMetadata()
        .addToLabels(SecretUse.LABEL, SecretUse.STORE)
        .endMetadata()
        .withType("Opaque")
        .addToData(Credentials.URL, SecretData.encoded(url))
        .addToData(Credentials.USER, SecretData.encoded(user.login()))
        .addToData(Credentials.PASSWORD, SecretData.encoded(value(root, user.key())))
        .addToData(Credentials.AUTHORITY, SecretData.encoded(value(root, Credentials.AUTHORITY)))
        .build();
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  private ObjectMeta meta(String name, Map<String, @Nullable String> annotations) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(pool.getMetadata().getNamespace())
        .withLabels(MariaDbResources.labels(pool, number))
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .withAnnotations(annotations)
        .build();
  }
}

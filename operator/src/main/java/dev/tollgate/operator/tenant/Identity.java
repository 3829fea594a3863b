package dev.tollgate.operator.tenant;

import dev.tollgate.core.access.ApiKey;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.SecretData;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a tenant is, for ever: its id, its shard and its first API key, kept together in one Secret
 * that is written before anything else. The key itself is in that Secret alone.
 *
 * @param keyHash SHA-256 of the key, in hex
 */
record Identity(String tenantId, String shard, String keyHash) {

  static final String LABEL = "tollgate.dev/first-key";
  private static final String KEY = "api-key";
  private static final String ID = "tenant-id";
  private static final String SHARD = "shard";

  static String secretName(Tenant tenant) {
    return tenant.getMetadata().getName() + "-key";
  }

  /** What the Secret says, or null when something is missing from it, or the key is none. */
  static @Nullable Identity read(@Nullable Secret secret) {
    if (secret == null || secret.getData() == null) {
      return null;
    }
    var key = value(secret, KEY);
    var id = value(secret, ID);
    var shard = value(secret, SHARD);
    if (key == null || id == null || shard == null) {
      return null;
    }
    return ApiKey.parse(key).map(parsed -> new Identity(id, shard, parsed.hash())).orElse(null);
  }

  /** Whether it is this tenant, on this shard. */
  boolean is(String id, String on) {
    return tenantId.equals(id) && shard.equals(on);
  }

  /** Whether a status says the same. */
  boolean isIn(@Nullable TenantStatus status) {
    return status != null && tenantId.equals(status.id()) && shard.equals(status.shard());
  }

  private static @Nullable String value(Secret secret, String key) {
    var encoded = secret.getData().get(key);
    return encoded == null ? null : SecretData.text(encoded);
  }

  /** The Secret of a tenant, with a new key. It dies with the tenant: access ends at once. */
  static Secret secret(Tenant tenant, String tenantId, String shard) {
    var meta = tenant.getMetadata();
    return new SecretBuilder()
        .withMetadata(
            new ObjectMetaBuilder()
                .withName(secretName(tenant))
                .withNamespace(meta.getNamespace())
                .withLabels(Map.of(LABEL, "true", "app.kubernetes.io/managed-by", "tollgate"))
                .withOwnerReferences(Owner.of(tenant))
                .build())
        .withType("Opaque")
        .addToData(KEY, SecretData.encoded(ApiKey.generate().secret()))
        .addToData(where(tenantId, shard))
        .build();
  }

  /** What the Secret holds besides the key. */
  static Map<String, String> where(String tenantId, String shard) {
    return Map.of(ID, SecretData.encoded(tenantId), SHARD, SecretData.encoded(shard));
  }
}

package dev.tollgate.core.tenancy;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads one key of a Secret, as far as its label allows the use. */
final class SecretValues {

  private SecretValues() {}

  static Optional<byte[]> of(@Nullable Secret secret, String key, String use) {
    if (secret == null || secret.getMetadata().getLabels() == null) {
      return Optional.empty();
    }
    if (!use.equals(secret.getMetadata().getLabels().get(SecretUse.LABEL))) {
      return Optional.empty();
    }
    if (secret.getStringData() != null && secret.getStringData().get(key) != null) {
      return Optional.of(secret.getStringData().get(key).getBytes(StandardCharsets.UTF_8));
    }
    if (secret.getData() != null && secret.getData().get(key) != null) {
      return Optional.of(Base64.getDecoder().decode(secret.getData().get(key)));
    }
    return Optional.empty();
  }
}

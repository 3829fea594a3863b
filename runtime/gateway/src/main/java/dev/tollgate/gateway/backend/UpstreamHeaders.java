package dev.tollgate.gateway.backend;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.view.HeaderView;
import io.micronaut.http.MutableHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Headers that a route adds on the way to a backend, some of them from Secrets. */
public final class UpstreamHeaders {

  private UpstreamHeaders() {}

  /**
   * Sets them.
   *
   * @return the first whose Secret cannot be read, and which is left out; null where all are set
   */
  public static @Nullable HeaderView set(
      MutableHttpHeaders headers, List<HeaderView> added, Secrets secrets) {
    @Nullable HeaderView missing = null;
    for (var header : added) {
      var ref = header.secret();
      var value = ref == null ? Optional.ofNullable(header.value()) : secret(ref, secrets);
      if (value.isPresent()) {
        headers.set(header.name(), value.get());
      } else if (ref != null && missing == null) {
        missing = header;
      }
    }
    return missing;
  }

  /** A Secret's text, without the line end that files tend to have. */
  public static Optional<String> secret(SecretRef ref, Secrets secrets) {
    return secrets
        .read(ref, SecretUse.UPSTREAM)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
  }
}

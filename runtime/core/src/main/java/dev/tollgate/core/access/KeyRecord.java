package dev.tollgate.core.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of an API key.
 *
 * @param hash SHA-256 of the key, in hex
 * @param expires null when never
 */
public record KeyRecord(
    String tenantId,
    String hash,
    String label,
    Scopes scopes,
    Instant created,
    @Nullable Instant expires,
    boolean revoked) {

  public String id() {
    return ApiKey.id(hash);
  }

  /** {@code live}, {@code expired} or {@code revoked}. */
  public String state(Instant now) {
    var end = expires;
    return revoked ? "revoked" : end != null && !end.isAfter(now) ? "expired" : "live";
  }

  KeyRecord revoke() {
    return new KeyRecord(tenantId, hash, label, scopes, created, expires, true);
  }

  KeyRecord expireAt(Instant end) {
    return new KeyRecord(tenantId, hash, label, scopes, created, end, revoked);
  }
}

package dev.tollgate.core.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of an API key.
 *
 * @param hash SHA-256 of the key, in hex
 * @param expires null when never
 * @param rotated whether it has a successor, and so may expire earlier than it was made to
 * @param planned when one that is rotated was made to expire; null when never
 */
public record KeyRecord(
    String tenantId,
    String hash,
    String label,
    Scopes scopes,
    Instant created,
    @Nullable Instant expires,
    boolean revoked,
    boolean rotated,
    @Nullable Instant planned) {

  /** One that has no successor. */
  public KeyRecord(
      String tenantId,
      String hash,
      String label,
      Scopes scopes,
      Instant created,
      @Nullable Instant expires,
      boolean revoked) {
    this(tenantId, hash, label, scopes, created, expires, revoked, false, null);
  }

  public String id() {
    return ApiKey.id(hash);
  }

  /** {@code live}, {@code expired} or {@code revoked}. */
  public String state(Instant now) {
    var end = expires;
    return revoked ? "revoked" : end != null && !end.isAfter(now) ? "expired" : "live";
  }

  /** When it was made to expire; null when never. */
  @Nullable Instant end() {
    return rotated ? planned : expires;
  }

  KeyRecord revoke() {
    return new KeyRecord(tenantId, hash, label, scopes, created, expires, true, rotated, planned);
  }

  /** It has a successor now, and expires at another time. */
  KeyRecord rotate(Instant expires) {
    return new KeyRecord(tenantId, hash, label, scopes, created, expires, revoked, true, end());
  }
}

package dev.tollgate.core.events;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Something that a tenant is told.
 *
 * @param id 32 hex digits; two events with one id are the same one, and it is told once
 * @param type such as {@code usage.alert}
 * @param payload JSON, at most {@link #MAX_PAYLOAD} characters
 */
public record Event(String tenantId, String id, String type, Instant at, String payload) {

  public static final int MAX_PAYLOAD = 4096;

  private static final int ID_BYTES = 16;

  public Event {
    if (id.length() != 2 * ID_BYTES) {
      throw new IllegalArgumentException("an event's id has 32 hex digits, not " + id.length());
    }
    if (payload.length() > MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "the payload of an event of type " + type + " has " + payload.length() + " characters");
    }
  }

  /** The id of what these parts name, always the same. */
  public static String id(String... parts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (var part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

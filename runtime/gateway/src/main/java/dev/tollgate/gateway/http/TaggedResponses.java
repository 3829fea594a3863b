package dev.tollgate.gateway.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Answers with an entity tag (RFC 9110, section 8.8.3), so that asking again and again costs
 * little.
 */
public final class TaggedResponses {

  /** Bytes of the hash that are enough to tell answers apart. */
  private static final int LENGTH = 12;

  private TaggedResponses() {}

  /**
   * 304 when {@code known} is the tag of {@code body}.
   *
   * @param known what If-None-Match says; null without one
   * @param body a record, list or map whose text says all there is in it; the tag is made of it, so
   *     that it is the same in every replica, and after a restart
   */
  public static HttpResponse<?> of(@Nullable String known, Object body) {
    var tag = "\"" + hash(body.toString()) + "\"";
    return (tag.equals(known) ? HttpResponse.notModified() : HttpResponse.ok(body))
        .header(HttpHeaders.ETAG, tag);
  }

  private static String hash(String text) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      var digest = sha.digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(digest, LENGTH));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

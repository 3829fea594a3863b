package dev.tollgate.gateway.cache;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer of a backend, whole.
 *
 * @param origin what it came from; where that is no more, the answer is not good any more either
 * @param headers end to end, in the order received
 * @param varied values that the request had for the headers named by {@code Vary}
 * @param freshness until when it may be used
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StoredResponse(
    String origin,
    int status,
    List<Map.Entry<String, String>> headers,
    byte[] body,
    Map<String, String> varied,
    Freshness freshness) {

  /** Value of a header, or null. */
  public @Nullable String header(String name) {
    for (var header : headers) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return header.getValue();
      }
    }
    return null;
  }

  /** Whether the answer to a HEAD of its target is that of another content (RFC 9111, 4.3.5). */
  public boolean differs(ResponseCache.Headers head) {
    var length = head.first("Content-Length");
    return differs(head, "ETag")
        || differs(head, "Last-Modified")
        || (length != null && !length.equals(Integer.toString(body.length)));
  }

  private boolean differs(ResponseCache.Headers head, String name) {
    var now = head.first(name);
    var then = header(name);
    return now != null && then != null && !now.equals(then);
  }

  /** Whether the answer to a HEAD says that it is still good, by its validators. */
  public boolean agrees(ResponseCache.Headers head) {
    var tag = head.first("ETag");
    var modified = head.first("Last-Modified");
    return (tag != null || modified != null)
        && (tag == null || tag.equals(header("ETag")))
        && (modified == null || modified.equals(header("Last-Modified")))
        && !differs(head);
  }

  /** Whether the request's conditions say that the client has this already (RFC 9110, 13.1). */
  public boolean matches(@Nullable String ifNoneMatch, @Nullable String ifModifiedSince) {
    if (ifNoneMatch != null) {
      var tag = header("ETag");
      if (ifNoneMatch.strip().equals("*")) {
        return true;
      }
      if (tag == null) {
        return false;
      }
      var opaque = strong(tag);
      for (var candidate : ifNoneMatch.split(",", -1)) {
        if (strong(candidate.strip()).equals(opaque)) {
          return true;
        }
      }
      return false;
    }
    return !modifiedSince(ifModifiedSince);
  }

  /** Whether it is newer than an HTTP date; so it is taken to be where that is none. */
  private boolean modifiedSince(@Nullable String date) {
    var since = HttpDate.millis(date);
    var modified = header("Last-Modified");
    // RFC 9111, 4.3.2: what does not tell when it was modified was not after it was made
    var then = HttpDate.millis(modified == null ? header("Date") : modified);
    return since == null || then == null || then > since;
  }

  private static String strong(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }

  /** Bytes that it takes in memory, about: characters count twice, as some take two. */
  long weight() {
    var weight = 256L + body.length;
    for (var header : headers) {
      weight += text(header);
    }
    for (var value : varied.entrySet()) {
      weight += text(value);
    }
    return weight;
  }

  private static long text(Map.Entry<String, String> entry) {
    return 128 + 2L * (entry.getKey().length() + entry.getValue().length());
  }
}

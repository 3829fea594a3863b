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
 * @param bornMillis when the answer was made at its origin, by its age (RFC 9111, 4.2.3)
 * @param freshMillis how long it is fresh from then on
 * @param staleIfErrorMillis how long after that it may stand in for a failing backend (RFC 5861)
 * @param revalidate whether it may never be used stale, or without asking the backend at all
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StoredResponse(
    String origin,
    int status,
    List<Map.Entry<String, String>> headers,
    byte[] body,
    Map<String, String> varied,
    long bornMillis,
    long freshMillis,
    long staleIfErrorMillis,
    Revalidate revalidate) {

  /** When the backend must be asked again. */
  public enum Revalidate {
    WHEN_UNHAPPY,
    WHEN_STALE,
    ALWAYS
  }

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
    return differs(head, "ETag")
        || differs(head, "Last-Modified")
        || differs(head, "Content-Length");
  }

  private boolean differs(ResponseCache.Headers head, String name) {
    var now = head.first(name);
    var then = header(name);
    return now != null && then != null && !now.equals(then);
  }

  /** Seconds since it was made, for the header {@code Age}. */
  public long ageSeconds(long nowMillis) {
    return Math.max(0, nowMillis - bornMillis) / 1000;
  }

  boolean fresh(long nowMillis) {
    return revalidate != Revalidate.ALWAYS && nowMillis - bornMillis < freshMillis;
  }

  /** Whether it may be served while the backend fails. */
  public boolean usableOnError(long nowMillis) {
    return revalidate == Revalidate.WHEN_UNHAPPY
        && nowMillis - bornMillis < freshMillis + staleIfErrorMillis;
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

  /** Whether it is newer than an HTTP date; so it is taken to be where either is none. */
  private boolean modifiedSince(@Nullable String date) {
    var since = ResponseCache.date(date);
    var modified = ResponseCache.date(header("Last-Modified"));
    return since == null || modified == null || modified > since;
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

package dev.tollgate.ai.cache;

import java.util.List;
import java.util.Locale;

/**
 * What a caller asks of the cache in {@code Cache-Control} (RFC 9111, 5.2.1).
 *
 * @param fresh whether it wants an answer that is made now
 * @param store whether that may be kept
 */
public record CacheRequest(boolean fresh, boolean store) {

  /**
   * @param values of the header
   */
  public static CacheRequest of(List<String> values) {
    boolean fresh = false;
    boolean store = true;
    for (var value : values) {
      for (var directive : value.split(",", -1)) {
        switch (directive.strip().toLowerCase(Locale.ROOT)) {
          case "no-cache", "max-age=0" -> fresh = true;
          case "no-store" -> store = false;
          default -> {}
        }
      }
    }
    return new CacheRequest(fresh, store);
  }
}

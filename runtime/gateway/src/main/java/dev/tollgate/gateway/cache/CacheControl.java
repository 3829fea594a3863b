package dev.tollgate.gateway.cache;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Directives of {@code Cache-Control} (RFC 9111, 5.2). What is unknown or malformed is ignored. */
final class CacheControl {

  private static final CacheControl NONE = new CacheControl(Map.of());
  private static final CacheControl NO_CACHE = new CacheControl(Map.of("no-cache", ""));

  private final Map<String, String> directives;

  private CacheControl(Map<String, String> directives) {
    this.directives = directives;
  }

  static CacheControl of(ResponseCache.Headers headers) {
    return parse(headers.all("Cache-Control"));
  }

  /** Of a request, which may say {@code no-cache} as HTTP/1.0 did (RFC 9111, 5.4). */
  static CacheControl ofRequest(ResponseCache.Headers request) {
    var values = request.all("Cache-Control");
    return values.isEmpty() && "no-cache".equalsIgnoreCase(request.first("Pragma"))
        ? NO_CACHE
        : parse(values);
  }

  private static CacheControl parse(List<String> values) {
    if (values.isEmpty()) {
      return NONE;
    }
    Map<String, String> directives = new HashMap<>();
    for (var value : values) {
      int at = 0;
      while (at < value.length()) {
        int end = end(value, at);
        var part = value.substring(at, end).strip();
        var equals = part.indexOf('=');
        var name = (equals < 0 ? part : part.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
        if (!name.isEmpty()) {
          directives.putIfAbsent(
              name, equals < 0 ? "" : part.substring(equals + 1).strip().replace("\"", ""));
        }
        at = end + 1;
      }
    }
    return new CacheControl(directives);
  }

  /** Where the directive that begins here ends: at a comma that is not quoted. */
  private static int end(String value, int from) {
    var quoted = false;
    for (int i = from; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        return i;
      }
    }
    return value.length();
  }

  boolean has(String directive) {
    return directives.containsKey(directive);
  }

  /** Whether it is there without a value. */
  boolean bare(String directive) {
    return "".equals(directives.get(directive));
  }

  /** Seconds that a directive gives; {@code absent} without it, 0 where it is not a number. */
  long seconds(String directive, long absent) {
    var text = directives.get(directive);
    return text == null ? absent : delta(text, 0);
  }

  /** A number of seconds (RFC 9111, 1.2.2), of which too large a one is as good as infinite. */
  static long delta(String text, long malformed) {
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return malformed;
    }
    return text.length() > 18
        ? Integer.MAX_VALUE
        : Math.min(Integer.MAX_VALUE, Long.parseLong(text));
  }
}

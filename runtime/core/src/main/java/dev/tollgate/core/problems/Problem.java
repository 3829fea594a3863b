package dev.tollgate.core.problems;

import java.util.Map;

/**
 * A problem as in RFC 9457, before it is written in the format of the protocol at hand.
 *
 * @param status HTTP status
 * @param type last segment of {@code https://tollgate.dev/problems/…}, such as {@code rate-limited}
 * @param title short and the same for every occurrence
 * @param detail what was wrong, where, and what to do; never a secret
 * @param headers response headers that go with it, such as {@code Retry-After}
 * @param members extension members; values are strings, numbers, booleans or lists of those
 */
public record Problem(
    int status,
    String type,
    String title,
    String detail,
    Map<String, String> headers,
    Map<String, Object> members) {

  /** Base of every problem type. */
  public static final String TYPES = "https://tollgate.dev/problems/";

  public Problem {
    headers = Map.copyOf(headers);
    members = Map.copyOf(members);
  }

  public static Problem of(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, Map.of(), Map.of());
  }
}

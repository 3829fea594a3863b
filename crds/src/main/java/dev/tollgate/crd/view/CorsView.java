package dev.tollgate.crd.view;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Which pages' scripts may call. {@code origins} are whole ones; {@code patterns} have one {@code
 * *} in place of the names below a domain.
 */
public record CorsView(
    boolean any, Set<String> origins, List<String> patterns, boolean credentials, Duration maxAge) {

  /**
   * @param origin as a browser sends it
   */
  public boolean allows(String origin) {
    return any || origins.contains(origin) || patterns.stream().anyMatch(p -> fits(origin, p));
  }

  private static boolean fits(String origin, String pattern) {
    var star = pattern.indexOf('*');
    return origin.length() >= pattern.length()
        && origin.startsWith(pattern.substring(0, star))
        && origin.endsWith(pattern.substring(star + 1));
  }
}

package dev.tollgate.gateway.http;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names of hosts, in lower case, and wildcards, which stand for one label or more: {@code
 * *.example.com} is for {@code a.example.com} and {@code a.b.example.com}.
 */
public final class HostNames {

  private static final String SIGNS = "-._~%!$&'()*+,;=:[]";

  private HostNames() {}

  /** Whether a Host header is written as one may be (RFC 3986, 3.2.2); it may be empty. */
  public static boolean written(@Nullable String host) {
    return host == null || AsciiWords.of(host, SIGNS);
  }

  /** The name in a Host header: without port and trailing dot, in lower case. */
  public static String name(String host) {
    var port = host.startsWith("[") ? host.indexOf(':', host.indexOf(']') + 1) : host.indexOf(':');
    var name = port < 0 ? host : host.substring(0, port);
    return (name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
        .toLowerCase(Locale.ROOT);
  }

  /** The next wildcard that has a name in it: a.b.c, *.b.c, *.c; null after the last. */
  public static @Nullable String wider(String name) {
    var dot = name.indexOf('.', name.startsWith("*.") ? 2 : 0);
    return dot < 0 ? null : "*" + name.substring(dot);
  }

  /** Whether a Host header is for one of these; none are all. */
  public static boolean has(Set<String> names, String host) {
    if (names.isEmpty()) {
      return true;
    }
    for (var name = name(host); name != null; name = wider(name)) {
      if (names.contains(name)) {
        return true;
      }
    }
    return false;
  }
}

package dev.tollgate.gateway.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for. The server escapes whatever is unusual, which makes a valid target of
 * {@code a|b}, and another one of {@code v1/model:predict}: what is valid stays as it was sent.
 *
 * @param path with its escapes
 * @param query with its escapes, null where there is none
 */
public record RequestTarget(String path, @Nullable String query) {

  public static RequestTarget of(HttpRequest<?> request) {
    var sent = request instanceof NettyHttpRequest<?> netty ? asSent(netty) : null;
    return sent == null
        ? new RequestTarget(request.getPath(), request.getUri().getRawQuery())
        : new RequestTarget(sent.getRawPath(), sent.getRawQuery());
  }

  /** The query with its question mark; empty where there is none. */
  public String search() {
    return query == null ? "" : "?" + query;
  }

  /** Whether a target has no bytes that it may have only when they are escaped. */
  public static boolean ascii(CharSequence target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** A target whose bytes beyond ASCII are escaped, each for itself (RFC 3986, 2.1). */
  public static String escaped(CharSequence target) {
    var escaped = new StringBuilder(target.length() + 16);
    for (int i = 0; i < target.length(); i++) {
      var c = target.charAt(i);
      if (c > 0x7f) {
        escaped.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /** Null where the server's reading of it is the same, or it is no valid path. */
  private static @Nullable URI asSent(NettyHttpRequest<?> request) {
    var target = request.getNativeRequest().uri();
    if (target.indexOf(':') < 0 || !target.startsWith("/") || target.startsWith("//")) {
      return null;
    }
    try {
      var uri = new URI(target);
      return uri.getRawFragment() == null ? uri : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }
}

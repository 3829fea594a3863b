package dev.tollgate.gateway;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for. The server escapes whatever is unusual, which makes a valid target of
 * {@code a|b}, and another one of {@code v1/model:predict}: what is valid stays as it was sent.
 *
 * @param path with its escapes
 * @param query with its escapes, null where there is none
 */
record RequestTarget(String path, @Nullable String query) {

  static RequestTarget of(HttpRequest<?> request) {
    var sent = request instanceof NettyHttpRequest<?> netty ? asSent(netty) : null;
    return sent == null
        ? new RequestTarget(request.getPath(), request.getUri().getRawQuery())
        : new RequestTarget(sent.getRawPath(), sent.getRawQuery());
  }

  /** The query with its question mark; empty where there is none. */
  String search() {
    return query == null ? "" : "?" + query;
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

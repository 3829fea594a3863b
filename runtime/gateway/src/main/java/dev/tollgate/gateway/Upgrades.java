package dev.tollgate.gateway;

import io.micronaut.http.HttpVersion;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which requests ask to leave HTTP/1.1 so that the gateway follows (RFC 9110, 7.8). To TLS and to
 * HTTP itself it does not, and not with a body; such an {@code Upgrade} is ignored, as any may be.
 */
final class Upgrades {

  private Upgrades() {}

  /** The protocols that a backend is asked for, with commas between; empty where none is. */
  static String asked(NettyHttpRequest<?> request) {
    var headers = request.getNativeRequest().headers();
    if (!headers.contains(HttpHeaderNames.UPGRADE)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        || request.getHttpVersion() != HttpVersion.HTTP_1_1
        || request.byteBody().expectedLength().orElse(-1) != 0) {
      return "";
    }
    return headers.getAll(HttpHeaderNames.UPGRADE).stream()
        .flatMap(line -> Arrays.stream(line.split(",", -1)))
        .map(String::strip)
        .filter(Upgrades::followed)
        .collect(Collectors.joining(", "));
  }

  private static boolean followed(String protocol) {
    var lower = protocol.toLowerCase(Locale.ROOT);
    return !lower.isEmpty()
        && !lower.equals("h2c")
        && !lower.equals("tls")
        && !lower.startsWith("tls/")
        && !lower.equals("http")
        && !lower.startsWith("http/");
  }
}

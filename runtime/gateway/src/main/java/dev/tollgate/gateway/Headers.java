package dev.tollgate.gateway;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpRequest;
import io.micronaut.http.MutableHttpResponse;
import java.net.URI;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Which headers pass the gate: not those of one connection (RFC 9110, 7.6.1), not the caller's
 * credential, and what the caller says of proxies is replaced by what is known ({@code Forwarded},
 * RFC 7239; {@code traceparent}, W3C Trace Context).
 */
final class Headers {

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");
  private static final Set<String> NOT_ONWARD =
      Set.of(
          "host",
          "authorization",
          "content-length",
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-proto",
          "x-forwarded-port",
          "x-real-ip",
          "expect");
  private static final String VIA = "1.1 tollgate";

  private Headers() {}

  static MutableHttpRequest<?> toBackend(HttpRequest<?> request, URI target) {
    MutableHttpRequest<?> onward =
        HttpRequest.create(request.getMethod(), target.toString(), request.getMethodName());
    var named = named(request.getHeaders().get("Connection"));
    request
        .getHeaders()
        .forEach((name, values) -> {
          var lower = name.toLowerCase(Locale.ROOT);
          if (!HOP_BY_HOP.contains(lower)
              && !NOT_ONWARD.contains(lower)
              && !lower.startsWith(":")
              && !named.contains(lower)) {
            for (var value : values) {
              onward.getHeaders().add(name, value);
            }
          }
        });
    var headers = onward.getHeaders();
    var remote = request.getRemoteAddress().getAddress();
    var host = request.getHeaders().get("Host");
    var address = remote == null ? "unknown" : remote.getHostAddress();
    headers.set(
        "Forwarded",
        "for="
            + (address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address)
            + (host == null ? "" : ";host=\"" + host.replace("\"", "") + "\"")
            + ";proto="
            + (request.isSecure() ? "https" : "http"));
    headers.add("Via", VIA);
    return onward;
  }

  /** Begins a trace where the caller has none (W3C Trace Context). */
  static void traceparent(MutableHttpHeaders headers) {
    if (!headers.contains("traceparent")) {
      headers.set("traceparent", traceparent());
    }
  }

  static void toClient(HttpResponse<?> response, MutableHttpResponse<?> onward) {
    var named = named(response.getHeaders().get("Connection"));
    response
        .getHeaders()
        .forEach((name, values) -> {
          var lower = name.toLowerCase(Locale.ROOT);
          if (!HOP_BY_HOP.contains(lower)
              && !lower.startsWith(":")
              && !lower.startsWith("x-http2-")
              && !named.contains(lower)) {
            for (var value : values) {
              onward.getHeaders().add(name, value);
            }
          }
        });
    onward.getHeaders().add("Via", VIA);
  }

  private static Set<String> named(@Nullable String connection) {
    if (connection == null) {
      return Set.of();
    }
    var names = new HashSet<String>();
    for (var name : connection.split(",", -1)) {
      names.add(name.strip().toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private static String traceparent() {
    var random = ThreadLocalRandom.current();
    var hex = HexFormat.of();
    return "00-"
        + hex.toHexDigits(random.nextLong())
        + hex.toHexDigits(random.nextLong() | 1)
        + "-"
        + hex.toHexDigits(random.nextLong() | 1)
        + "-00";
  }
}

package dev.tollgate.gateway.http;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.netty.NettyHttpHeaders;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Which headers pass the gate: not those of one connection (RFC 9110, 7.6.1), not the caller's
 * credential, and what the caller says of proxies is replaced by what is known ({@code Forwarded},
 * RFC 7239; {@code traceparent}, W3C Trace Context).
 */
public final class Headers {

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

  /**
   * Whether a field, named in lower case, is for who the message is for, and not of one connection,
   * for the gate, or by it.
   */
  public static boolean endToEnd(String name) {
    return !HOP_BY_HOP.contains(name)
        && !NOT_ONWARD.contains(name)
        && !name.startsWith(":")
        && !name.startsWith("x-http2-");
  }

  /**
   * Passes on what is from end to end of a caller's headers, with {@code Forwarded} and {@code
   * Via}.
   */
  public static void toBackend(
      NettyHttpRequest<?> request, Caller caller, MutableHttpHeaders headers) {
    pass(request.getNativeRequest().headers(), netty(headers), NOT_ONWARD);
    headers.set("Forwarded", caller.forwarded(request.getHeaders().get("Host")));
    headers.add("Via", VIA);
  }

  /** Begins a trace where the caller has none (W3C Trace Context). */
  public static void traceparent(MutableHttpHeaders headers) {
    if (!headers.contains("traceparent")) {
      headers.set("traceparent", traceparent());
    }
  }

  /** Passes on what is from end to end of a backend's headers, with {@code Via}. */
  public static void toClient(HttpResponse<?> response, MutableHttpResponse<?> onward) {
    pass(netty(response.getHeaders()), netty(onward.getHeaders()), Set.of());
    onward.getHeaders().add("Via", VIA);
  }

  private static HttpHeaders netty(io.micronaut.http.HttpHeaders headers) {
    return ((NettyHttpHeaders) headers).getNettyHeaders();
  }

  /** Copies what is not of this connection alone. */
  private static void pass(HttpHeaders from, HttpHeaders to, Set<String> without) {
    var named = named(from.getAll("Connection"));
    for (var entries = from.iteratorCharSequence(); entries.hasNext(); ) {
      var entry = entries.next();
      var lower = entry.getKey().toString().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(lower)
          && !without.contains(lower)
          && !lower.startsWith(":")
          && !lower.startsWith("x-http2-")
          && !named.contains(lower)) {
        to.add(entry.getKey(), entry.getValue());
      }
    }
  }

  private static Set<String> named(List<String> connections) {
    if (connections.isEmpty()) {
      return Set.of();
    }
    var names = new HashSet<String>();
    for (var connection : connections) {
      for (var name : connection.split(",", -1)) {
        names.add(name.strip().toLowerCase(Locale.ROOT));
      }
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

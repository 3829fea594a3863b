package dev.tollgate.gateway.entry;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.caller.RequestLines;
import dev.tollgate.gateway.http.HostNames;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request must be before it is routed: nothing that two programs could read in two ways. A
 * path that leaves its route after it was matched would reach what the route does not offer.
 */
final class RequestRules {

  private RequestRules() {}

  /** A problem when the request must not be served; its method, path and framing are judged. */
  static @Nullable Problem broken(HttpRequest<?> request, String path) {
    var version = version(request);
    if (version != null && !RequestLines.known(version)) {
      return ending(
          505, "unknown-version", "Unknown version", "Requests are of HTTP/1.1 or HTTP/2.");
    }
    if (!path.startsWith("/")) {
      return bad("bad-path", "The path must begin with a slash.");
    }
    if (dots(path)) {
      return bad(
          "bad-path",
          "The path has a segment . or .. (or one that decodes to it); send the path that it stands"
              + " for.");
    }
    var headers = request.getHeaders();
    var hosts = headers.getAll("Host").size();
    if (hosts == 0 && headers.names().isEmpty()) {
      return null; // what could not be read at all is refused by the server itself
    }
    if (hosts > 1 || (hosts == 0 && (version == null || version.minorVersion() > 0))) {
      return bad(
          "bad-host", "A request needs exactly one Host header; this one has " + hosts + ".");
    }
    if (hosts == 1 && !HostNames.written(headers.get("Host"))) {
      return bad("bad-host", "The Host header is no name or address of a host (RFC 9112, 3.2).");
    }
    if (headers.getAll("Authorization").size() > 1) {
      return bad("bad-authorization", "A request may have one Authorization header only.");
    }
    var coding = headers.get("Transfer-Encoding");
    if (coding != null && !coding.strip().equalsIgnoreCase("chunked")) {
      return ending(
          501,
          "unknown-transfer-coding",
          "Unknown transfer coding",
          "Bodies are read plain or chunked, in no other transfer coding.");
    }
    return null;
  }

  /** A path with two readings that have different routes. */
  static Problem twoRoutes() {
    return bad(
        "bad-path",
        "The path has an escape, a double slash, a backslash or a parameter (;) by which it could"
            + " belong to another route; send it as it is written in that route.");
  }

  private static @Nullable HttpVersion version(HttpRequest<?> request) {
    return request instanceof NettyHttpRequest<?> netty
        ? netty.getNativeRequest().protocolVersion()
        : null;
  }

  /** Whether a segment is {@code .} or {@code ..}, with its dots as they are or encoded. */
  private static boolean dots(String path) {
    int length = path.length();
    for (int i = 0; i < length; i++) {
      if (path.charAt(i) != '/') {
        continue;
      }
      int at = i + 1;
      int dots = 0;
      while (at < length && dot(path, at)) {
        at += path.charAt(at) == '.' ? 1 : 3;
        dots++;
      }
      if (dots > 0 && dots <= 2 && ends(path, at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean dot(String path, int at) {
    return path.charAt(at) == '.' || path.regionMatches(true, at, "%2e", 0, 3);
  }

  /** Where servers take a segment to end: an encoded slash, a backslash or a parameter too. */
  private static boolean ends(String path, int at) {
    return at >= path.length()
        || path.charAt(at) == '/'
        || path.charAt(at) == ';'
        || path.regionMatches(true, at, "%2f", 0, 3)
        || path.regionMatches(true, at, "%5c", 0, 3);
  }

  /** The connection ends with it: what follows cannot be told from the request. */
  private static Problem ending(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, Map.of("Connection", "close"), Map.of());
  }

  private static Problem bad(String type, String detail) {
    return Problem.of(400, type, "Bad request", detail);
  }
}

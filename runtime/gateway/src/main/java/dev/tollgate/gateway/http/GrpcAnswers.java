package dev.tollgate.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.core.problems.Problem;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.HexFormat;

/**
 * Problems in the words of gRPC, for those who call with it: a 200 without a body, whose headers
 * are its trailers, too (gRPC over HTTP/2, "Trailers-Only"). The usage record has the HTTP status.
 */
public final class GrpcAnswers {

  private static final String TYPE = "application/grpc";
  private static final String PROBLEM = "tollgate.problem";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private GrpcAnswers() {}

  /** Whether a request is a gRPC call; gRPC-Web, which is read by scripts, is not. */
  public static boolean wanted(HttpRequest<?> request) {
    if (!(request instanceof NettyHttpRequest<?> netty)) {
      return false;
    }
    var type = netty.getNativeRequest().headers().get(HttpHeaderNames.CONTENT_TYPE);
    return type != null
        && type.regionMatches(true, 0, TYPE, 0, TYPE.length())
        && (type.length() == TYPE.length() || "+; ".indexOf(type.charAt(TYPE.length())) >= 0);
  }

  /** Notes which problem an answer tells of. */
  static void note(MutableHttpResponse<?> response, Problem problem) {
    response.setAttribute(PROBLEM, problem);
  }

  /** The same answer in the words of gRPC if it tells of a problem; else as it is. */
  public static HttpResponse<?> of(HttpResponse<?> response) {
    var problem = response.getAttribute(PROBLEM, Problem.class).orElse(null);
    if (problem == null) {
      return response;
    }
    MutableHttpResponse<?> answer = HttpResponse.ok();
    response
        .getHeaders()
        .forEach((name, values) -> values.forEach(value -> answer.getHeaders().add(name, value)));
    answer
        .getHeaders()
        .set("Content-Type", TYPE)
        .set("grpc-status", Integer.toString(status(problem.status())))
        .set("grpc-message", encoded(problem.detail()));
    return answer;
  }

  /** The code of gRPC that says best what an HTTP status does. */
  static int status(int http) {
    return switch (http) {
      case 400, 500 -> 13; // INTERNAL
      case 401 -> 16; // UNAUTHENTICATED
      case 403 -> 7; // PERMISSION_DENIED
      case 404, 405, 415, 421, 501 -> 12; // UNIMPLEMENTED
      case 402, 413, 429 -> 8; // RESOURCE_EXHAUSTED
      case 408, 504 -> 4; // DEADLINE_EXCEEDED
      case 502, 503 -> 14; // UNAVAILABLE
      default -> 2; // UNKNOWN
    };
  }

  /** A {@code grpc-message}: all but printable ASCII is percent-encoded, and so is the percent. */
  static String encoded(String message) {
    var encoded = new StringBuilder(message.length() + 16);
    for (var b : message.getBytes(UTF_8)) {
      if (b >= 0x20 && b < 0x7f && b != '%') {
        encoded.append((char) b);
      } else {
        HEX.toHexDigits(encoded.append('%'), b);
      }
    }
    return encoded.toString();
  }
}

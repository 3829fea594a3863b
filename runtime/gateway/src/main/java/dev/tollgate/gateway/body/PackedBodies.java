package dev.tollgate.gateway.body;

import dev.tollgate.core.problems.Problem;
import io.micronaut.http.HttpRequest;
import java.util.Map;

/** Requests whose bodies are packed, where they are read here and not passed on. */
public final class PackedBodies {

  /** What is told of one. */
  public static final Problem REFUSED =
      new Problem(
          415,
          "content-encoding",
          "Unsupported content encoding",
          "Bodies are read as they are here; send it without Content-Encoding.",
          Map.of("Accept-Encoding", "identity"),
          Map.of());

  private PackedBodies() {}

  /** Whether the body is not as it is, by what its caller says (RFC 9110, 8.4). */
  public static boolean has(HttpRequest<?> request) {
    var coding = request.getHeaders().get("Content-Encoding");
    return coding != null && !coding.strip().equalsIgnoreCase("identity");
  }
}

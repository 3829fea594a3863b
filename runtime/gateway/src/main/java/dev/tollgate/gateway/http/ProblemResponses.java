package dev.tollgate.gateway.http;

import dev.tollgate.core.problems.Problem;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import java.util.Collection;
import java.util.TreeMap;

/** Writes problems as {@code application/problem+json} (RFC 9457). */
public final class ProblemResponses {

  private ProblemResponses() {}

  /**
   * @param instance id of the request, or empty
   */
  public static MutableHttpResponse<?> of(Problem problem, String instance) {
    MutableHttpResponse<String> response =
        HttpResponse.<String>status(problem.status(), problem.title())
            .contentType("application/problem+json")
            .body(json(problem, instance));
    problem.headers().forEach(response::header);
    GrpcAnswers.note(response, problem);
    return response;
  }

  /** The body alone. */
  public static String json(Problem problem, String instance) {
    var json = new StringBuilder(256).append("{\"type\":");
    text(json, Problem.TYPES + problem.type());
    json.append(",\"title\":");
    text(json, problem.title());
    json.append(",\"status\":").append(problem.status()).append(",\"detail\":");
    text(json, problem.detail());
    if (!instance.isEmpty()) {
      json.append(",\"instance\":");
      text(json, "urn:tollgate:request:" + instance);
    }
    for (var member : new TreeMap<>(problem.members()).entrySet()) {
      json.append(',');
      text(json, member.getKey());
      json.append(':');
      value(json, member.getValue());
    }
    return json.append('}').toString();
  }

  private static void value(StringBuilder json, Object value) {
    switch (value) {
      case Number number -> json.append(number);
      case Boolean bool -> json.append(bool);
      case Collection<?> list -> {
        json.append('[');
        var separator = "";
        for (var item : list) {
          json.append(separator);
          value(json, item);
          separator = ",";
        }
        json.append(']');
      }
      default -> text(json, value.toString());
    }
  }

  private static void text(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        default -> {
          if (c < 0x20) {
            json.append("\\u00")
                .append(c < 0x10 ? "0" : "1")
                .append("0123456789abcdef".charAt(c & 15));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}

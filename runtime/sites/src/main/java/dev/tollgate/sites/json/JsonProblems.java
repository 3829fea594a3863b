package dev.tollgate.sites.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.engine.json.JsonError;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What can go wrong with the JSON tool; each is described in the documentation of the tool. */
final class JsonProblems {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonProblems() {}

  /** The problem as {@code application/problem+json} (RFC 9457). */
  static HttpResponse<String> response(Problem problem) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", Problem.TYPES + problem.type());
    members.put("title", problem.title());
    members.put("status", problem.status());
    members.put("detail", problem.detail());
    members.putAll(new TreeMap<>(problem.members()));
    try {
      var response =
          HttpResponse.<String>status(problem.status(), problem.title())
              .contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE)
              .body(MAPPER.writeValueAsString(members));
      problem.headers().forEach(response::header);
      return response;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("members of a problem that JSON cannot hold", e);
    }
  }

  /** The same words as the gateway's own, which answers before the tool does. */
  static Problem unauthenticated() {
    return Problem.of(
        401,
        "unauthenticated",
        "Not authenticated",
        "Send an API key or a token: Authorization: Bearer …");
  }

  static Problem invalidJson(JsonError error) {
    return new Problem(
        422,
        "invalid-json",
        "The document is not JSON",
        "Line %d, column %d: %s".formatted(error.line(), error.column(), error.message()),
        Map.of(),
        Map.of(
            "line", error.line(),
            "column", error.column(),
            "offset", error.offset(),
            "pointer", error.pointer(),
            "message", error.message()));
  }

  static Problem notToBeCompared(String detail) {
    return Problem.of(422, "invalid-diff", "The documents cannot be compared", detail);
  }

  static Problem tooLarge(long maxSize) {
    return tooLarge("The body is larger than the " + maxSize + " bytes that are accepted here.");
  }

  static Problem tooLarge(String detail) {
    return Problem.of(413, "too-large", "The document is too large", detail);
  }

  static Problem badIndent(String detail) {
    return Problem.of(400, "bad-indent", "No such indent", detail);
  }

  static Problem historyUnavailable() {
    return Problem.of(
        503,
        "history-unavailable",
        "The history cannot be read just now",
        "Its store does not answer. Try again in a minute.");
  }

  static Problem featureNotInPlan(String feature, List<String> plans) {
    String hint =
        plans.isEmpty()
            ? "No plan has it at present."
            : "These plans have it: " + String.join(", ", plans) + ".";
    return new Problem(
        403,
        "feature-not-in-plan",
        "Not in your plan",
        "The feature '" + feature + "' is not part of your plan. " + hint,
        Map.of(),
        Map.of("feature", feature, "plans", List.copyOf(plans)));
  }
}

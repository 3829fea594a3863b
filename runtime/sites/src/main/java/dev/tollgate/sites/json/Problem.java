package dev.tollgate.sites.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.engine.json.JsonError;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import java.util.List;

/** Answers of type {@code application/problem+json} (RFC 9457). */
sealed interface Problem {
  /** What all problem types begin with; each is described in the documentation of the tool. */
  String TYPES = "https://tollgate.dev/problems/";

  String type();

  String title();

  int status();

  String detail();

  default HttpResponse<Problem> response() {
    return HttpResponse.<Problem>status(HttpStatus.valueOf(status()))
        .contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE)
        .body(this);
  }

  /** A problem that needs no members of its own. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Plain(String type, String title, int status, String detail) implements Problem {}

  /** A document that is not JSON, and where. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record InvalidJson(
      String type,
      String title,
      int status,
      String detail,
      long line,
      long column,
      long offset,
      String pointer,
      String message)
      implements Problem {}

  /** A feature that the caller's plan does not have, and the plans that do. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record FeatureNotInPlan(
      String type, String title, int status, String detail, String feature, List<String> plans)
      implements Problem {}

  static Problem unauthorized() {
    return new Plain(
        TYPES + "unauthorized",
        "Who is calling is not known",
        401,
        "Send your API key in the header 'Authorization: Bearer KEY'.");
  }

  static Problem invalidJson(JsonError error) {
    return new InvalidJson(
        TYPES + "invalid-json",
        "The document is not JSON",
        422,
        "Line %d, column %d: %s".formatted(error.line(), error.column(), error.message()),
        error.line(),
        error.column(),
        error.offset(),
        error.pointer(),
        error.message());
  }

  static Problem notToBeCompared(String detail) {
    return new Plain(TYPES + "invalid-diff", "The documents cannot be compared", 422, detail);
  }

  static Problem tooLarge(long maxSize) {
    return tooLarge("The body is larger than the " + maxSize + " bytes that are accepted here.");
  }

  static Problem tooLarge(String detail) {
    return new Plain(TYPES + "too-large", "The document is too large", 413, detail);
  }

  static Problem badIndent(String detail) {
    return new Plain(TYPES + "bad-indent", "No such indent", 400, detail);
  }

  static Problem historyUnavailable() {
    return new Plain(
        TYPES + "history-unavailable",
        "The history cannot be read just now",
        503,
        "Its store does not answer. Try again in a minute.");
  }

  static Problem featureNotInPlan(String feature, List<String> plans) {
    String hint =
        plans.isEmpty()
            ? "No plan has it at present."
            : "These plans have it: " + String.join(", ", plans) + ".";
    return new FeatureNotInPlan(
        TYPES + "feature-not-in-plan",
        "Your plan does not have this feature",
        403,
        "The feature '" + feature + "' is not part of your plan. " + hint,
        feature,
        List.copyOf(plans));
  }
}

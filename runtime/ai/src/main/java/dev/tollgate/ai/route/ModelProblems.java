package dev.tollgate.ai.route;

import dev.tollgate.ai.guard.Denial;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.core.limits.FairQueue;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.view.ModelRouteView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What can go wrong with a call to a model, in words. */
final class ModelProblems {

  /** The type of the problem of a request that guardrails refuse. */
  static final String DENIED = "guardrail-denied";

  private ModelProblems() {}

  static Problem bad(String message, String param) {
    return new Problem(
        400, "bad-request", "Bad request", message, Map.of(), Map.of("param", param));
  }

  static Problem denied(Denial denial) {
    return new Problem(
        400,
        DENIED,
        "Refused by a guardrail",
        denial.message(),
        Map.of(),
        Map.of("rule", denial.rule()));
  }

  static Problem tooLarge(long most) {
    return Problem.of(
        413,
        "body-too-large",
        "Body too large",
        "The request is larger than the " + most + " bytes that are accepted here.");
  }

  static Problem full(boolean ofTenant) {
    return ofTenant
        ? new Problem(
            429,
            "too-many-bytes",
            "Too many bytes at once",
            "The requests of yours that run now hold as many bytes as they may together; try again when some have ended.",
            Map.of("Retry-After", "1"),
            Map.of())
        : again(
            "too-many-bytes",
            "Too many bytes at once",
            "The requests that run here now hold as many bytes as they may together; try again shortly.");
  }

  static Problem methodNotAllowed(String allowed) {
    return new Problem(
        405,
        "method-not-allowed",
        "Method not allowed",
        "This path answers to " + allowed + ".",
        Map.of("Allow", allowed),
        Map.of());
  }

  static Problem noPath(String path) {
    return Problem.of(404, "not-found", "Not found", "There is no " + path + " here.");
  }

  static Problem noModel(String model) {
    return new Problem(
        404,
        "model-not-found",
        "Model not found",
        "The model '" + model + "' is not served here; GET /v1/models lists those that are.",
        Map.of(),
        Map.of("param", "model"));
  }

  static Problem notInPlan(String model, String plan, List<String> plans) {
    return new Problem(
        403,
        "model-not-in-plan",
        "Not in your plan",
        "The plan "
            + plan
            + " does not have the model "
            + model
            + (plans.isEmpty() ? "." : "; these plans do: " + String.join(", ", plans) + "."),
        Map.of(),
        Map.of("plans", plans));
  }

  static Problem otherCurrency(String model, String price, String plan) {
    return Problem.of(
        403,
        "other-currency",
        "Not sold in your currency",
        "The model " + model + " is sold in " + price + ", and your plan is in " + plan + ".");
  }

  static Problem promptTooLong(long estimated, long most) {
    return Problem.of(
        413,
        "prompt-too-long",
        "Prompt too long",
        "The prompt has about " + estimated + " tokens, and " + most + " are accepted here.");
  }

  static Problem noBackend(ModelRouteView route) {
    return again(
        "no-backend", "No backend", "No backend of model route " + route.name() + " answers now.");
  }

  static Problem unsupported(String path) {
    return Problem.of(
        400,
        "protocol-not-served",
        "Not served by this model",
        "None of the backends of this model can answer " + path + ".");
  }

  static Problem noTurn(Throwable failure, ModelRouteView route, ModelBackend backend) {
    var name = "backend " + backend.view().name() + " of model route " + route.name();
    return failure instanceof FairQueue.QueueTimeout
        ? again("backend-saturated", "Backend saturated", "No turn at " + name + " came in time.")
        : again(
            "backend-saturated",
            "Backend saturated",
            "As many calls wait for " + name + " as may; try again shortly.");
  }

  static Problem failed(String what, ModelBackend backend) {
    return Problem.of(
        502,
        "backend-failed",
        "Backend failed",
        "Backend " + backend.view().name() + " " + what + ".");
  }

  static Problem noSecret(String what, ModelBackend backend) {
    return Problem.of(
        503,
        "no-header-value",
        "A header has no value",
        "The "
            + what
            + " of backend "
            + backend.view().name()
            + " has no value here, and nothing is sent without it.");
  }

  static Problem busy(ModelBackend backend, String retryAfter) {
    return new Problem(
        503,
        "backend-busy",
        "Backend busy",
        "Backend " + backend.view().name() + " takes no more calls now; try again later.",
        Map.of("Retry-After", retryAfter),
        Map.of());
  }

  /**
   * A backend's own word on a request that it refuses.
   *
   * @param same whether it names members as the client does
   */
  static Problem refused(int status, UpstreamError error, boolean same) {
    Map<String, Object> members = new HashMap<>();
    if (error.code() != null) {
      members.put("code", error.code());
    }
    if (same && error.param() != null) {
      members.put("param", error.param());
    }
    return new Problem(
        status,
        "backend-refused",
        "Refused by the model's backend",
        error.message(),
        Map.of(),
        members);
  }

  /** The whole answer was not there in time. */
  static Problem tooLate(ModelRouteView route) {
    return late("The answer was not complete", route.totalTimeout().toMillis());
  }

  static Problem late(String what, long millis) {
    return Problem.of(
        504, "backend-timeout", "Backend timed out", what + " within " + millis + " ms.");
  }

  static Problem fault() {
    return Problem.of(
        500, "internal-error", "Internal error", "The call could not be passed on; it was logged.");
  }

  private static Problem again(String type, String title, String detail) {
    return new Problem(503, type, title, detail, Map.of("Retry-After", "1"), Map.of());
  }
}

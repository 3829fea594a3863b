package dev.tollgate.ai.prompt;

import dev.tollgate.core.problems.Problem;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call of a prompt that is refused; the problem says why, for whoever called. */
public final class PromptException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  PromptException(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }

  static PromptException noPrompt(String name) {
    return new PromptException(
        Problem.of(
            404,
            "no-such-prompt",
            "No such prompt",
            "There is no prompt named "
                + name
                + " for you; GET /v1/prompts lists those there are."));
  }

  static PromptException noVersion(String name, @Nullable Object wanted) {
    return new PromptException(
        Problem.of(
            404,
            "no-such-prompt-version",
            "No such version of the prompt",
            "The prompt %s has no version or label %s; GET /v1/prompts/%s lists those there are."
                .formatted(name, wanted, name)));
  }

  static PromptException noExperiment(String name, String experiment) {
    return new PromptException(
        Problem.of(
            404,
            "no-such-experiment",
            "No such experiment",
            "No experiment named "
                + experiment
                + " compares versions of the prompt "
                + name
                + " that you have."));
  }

  static PromptException unclear(String detail) {
    return new PromptException(
        Problem.of(400, "prompt-not-clear", "It is not clear which version is meant", detail));
  }

  static PromptException notRendered(String name, int version, String why) {
    return new PromptException(
        Problem.of(
            422,
            "prompt-not-rendered",
            "The prompt cannot be rendered with these variables",
            "Version %d of the prompt %s: %s.".formatted(version, name, why)));
  }

  /** 422 that names every variable that is wrong. */
  static PromptException variables(String name, int version, List<Violation> violations) {
    var detail = new StringBuilder();
    for (var violation : violations) {
      detail.append(detail.isEmpty() ? "" : "; ").append(violation.message());
    }
    return new PromptException(
        new Problem(
            422,
            "prompt-variables",
            "The variables are not those of the prompt",
            "Version %d of the prompt %s: %s.".formatted(version, name, detail),
            Map.of(),
            Map.of(
                "missing", paths(violations, Violation.Kind.MISSING),
                "extra", paths(violations, Violation.Kind.EXTRA),
                "wrongType", paths(violations, Violation.Kind.WRONG_TYPE),
                "invalid", paths(violations, Violation.Kind.INVALID))));
  }

  private static List<String> paths(List<Violation> violations, Violation.Kind kind) {
    return violations.stream().filter(v -> v.kind() == kind).map(Violation::path).toList();
  }
}

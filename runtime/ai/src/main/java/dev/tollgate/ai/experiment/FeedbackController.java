package dev.tollgate.ai.experiment;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.body.ObjectBody;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes what a tenant says of its own calls. */
@Controller("/v1/feedback")
@ExecuteOn(TaskExecutors.BLOCKING)
final class FeedbackController {

  private static final int LONGEST_LABEL = 64;
  private static final Pattern WORD =
      Pattern.compile("\\S{1," + LONGEST_LABEL + "}", Pattern.UNICODE_CHARACTER_CLASS);
  private static final double LARGEST_SCORE = 1e9;

  private final FeedbackStore store;

  FeedbackController(FeedbackStore store) {
    this.store = store;
  }

  /**
   * What is said of a call: at least one of the last three.
   *
   * @param call its id, 32 hex digits
   * @param score any number; more is better
   * @param accuracy from 0 to 1
   * @param label a word, at most {@value #LONGEST_LABEL} characters
   */
  private record Feedback(
      @Nullable String call,
      @Nullable Double score,
      @Nullable Double accuracy,
      @Nullable String label) {

    static Feedback of(byte @Nullable [] body) {
      var members = ObjectBody.of(body, "call", "score", "accuracy", "label");
      return new Feedback(
          members.text("call"),
          members.number("score"),
          members.number("accuracy"),
          members.text("label"));
    }
  }

  @Post
  HttpResponse<?> say(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal, @Body byte @Nullable [] sent) {
    var body = Feedback.of(sent);
    var wrong = wrong(body);
    var call = body.call();
    if (wrong != null || call == null) {
      return ProblemResponses.of(
          Problem.of(
              422,
              "feedback-not-valid",
              "The feedback is not valid",
              wrong == null ? "Name the call." : wrong),
          "");
    }
    if (!store.put(principal.tenant().tenantId(), call, values(body))) {
      return ProblemResponses.of(
          new Problem(
              404,
              "no-such-call",
              "No such call",
              "You have made no model call "
                  + call
                  + "; one that has just ended is known a second or two later.",
              Map.of("Retry-After", "2"),
              Map.of()),
          "");
    }
    return HttpResponse.noContent();
  }

  private static @Nullable String wrong(Feedback body) {
    var call = body.call();
    if (call == null || !call.matches("[0-9a-f]{32}")) {
      return "call is the id of a model call, 32 hex digits.";
    }
    if (body.score() == null && body.accuracy() == null && body.label() == null) {
      return "Give a score, an accuracy or a label.";
    }
    var score = body.score();
    if (score != null && !(Math.abs(score) <= LARGEST_SCORE)) {
      return "score is a number of at most 1000000000.";
    }
    var accuracy = body.accuracy();
    if (accuracy != null && !(accuracy >= 0 && accuracy <= 1)) {
      return "accuracy is a number from 0 to 1.";
    }
    var label = body.label();
    if (label != null && !WORD.matcher(label).matches()) {
      return "label is a word of 1 to " + LONGEST_LABEL + " characters, without spaces.";
    }
    return null;
  }

  private static Map<String, String> values(Feedback body) {
    Map<String, String> values = new LinkedHashMap<>();
    if (body.score() != null) {
      values.put("score", body.score().toString());
    }
    if (body.accuracy() != null) {
      values.put("accuracy", body.accuracy().toString());
    }
    if (body.label() != null) {
      values.put("label", body.label());
    }
    return values;
  }
}

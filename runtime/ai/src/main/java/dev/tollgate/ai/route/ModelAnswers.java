package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.ClientErrors;
import dev.tollgate.ai.protocol.ClientErrors.Kind;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.body.RawBody;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers in the protocol of the client: heads, and problems as its errors. */
@Singleton
final class ModelAnswers {

  /**
   * Problems of status 429 that come again however soon a call is made again. OpenAI's and
   * Anthropic's clients make it again unless they are told.
   */
  private static final Set<String> IN_VAIN = Set.of("over-limit-size", "quota-exhausted");

  /** The answer that streams. */
  HttpResponse<?> stream(ModelTask task, AnswerStream stream) {
    var head = head(task, 200, task.ask().dialect().mediaType(true));
    head.header("Cache-Control", "no-cache");
    head.header("X-Accel-Buffering", "no");
    return RawBody.attach(
        head, task.request().byteBodyFactory().adapt(stream, OptionalLong.empty()));
  }

  /** The answer in one piece. */
  HttpResponse<?> whole(ModelTask task, byte[] body) {
    return RawBody.attach(
        head(task, 200, "application/json"), task.request().byteBodyFactory().adapt(body));
  }

  /** An answer that was kept, at once. */
  HttpResponse<?> kept(ModelTask task, byte[] body) {
    var head = head(task, 200, task.ask().dialect().mediaType(task.ask().stream()));
    head.header("X-Tollgate-Cache", "hit");
    if (task.ask().stream()) {
      head.header("Cache-Control", "no-cache");
    }
    return RawBody.attach(head, task.request().byteBodyFactory().adapt(body));
  }

  /** A problem of a call that was admitted. */
  HttpResponse<?> problem(ModelTask task, Problem problem) {
    var head = head(task, problem.status(), "application/json");
    problem.headers().forEach((name, value) -> head.getHeaders().set(name, value));
    return RawBody.attach(
        head, task.request().byteBodyFactory().adapt(body(task.ask().dialect(), problem)));
  }

  /** A problem of a call that was not. */
  HttpResponse<?> problem(
      NettyHttpRequest<?> request, Dialect dialect, Problem problem, @Nullable Decision decision) {
    MutableHttpResponse<?> head =
        HttpResponse.status(problem.status(), problem.title()).contentType("application/json");
    problem.headers().forEach((name, value) -> head.getHeaders().set(name, value));
    if (IN_VAIN.contains(problem.type())) {
      head.header("x-should-retry", "false");
    }
    if (decision != null) {
      ResponseHeaders.limits(head, decision);
      limits(head, decision);
    }
    return RawBody.attach(head, request.byteBodyFactory().adapt(body(dialect, problem)));
  }

  /**
   * A problem in the middle of a stream.
   *
   * @param number of the event, in protocols that number them
   */
  byte[] event(Dialect dialect, Problem problem, long number) {
    return ClientErrors.event(dialect, kind(problem), problem.detail(), number);
  }

  private static byte[] body(Dialect dialect, Problem problem) {
    var param = problem.members().get("param");
    return ClientErrors.body(
        dialect,
        kind(problem),
        problem.detail(),
        param == null || param.equals("null") ? null : param.toString(),
        problem.members().get("code") instanceof String code ? code : null);
  }

  private static Kind kind(Problem problem) {
    return switch (problem.status()) {
      case 401 -> Kind.Unauthenticated;
      case 403 -> Kind.Forbidden;
      case 404 -> notFound(problem.type());
      case 413 -> Kind.TooLarge;
      case 422 ->
          problem.type().equals("backend-refused") ? Kind.InvalidRequest : Kind.PromptVariables;
      case 429 -> problem.type().equals("quota-exhausted") ? Kind.QuotaExhausted : Kind.RateLimited;
      case 500 -> Kind.Internal;
      case 502 -> Kind.BackendFailed;
      case 503 -> Kind.Overloaded;
      case 504 -> Kind.Timeout;
      default -> problem.type().equals(ModelProblems.DENIED) ? Kind.Denied : Kind.InvalidRequest;
    };
  }

  private static Kind notFound(String type) {
    return switch (type) {
      case "model-not-found", "backend-refused" -> Kind.ModelNotFound;
      case "not-found" -> Kind.NotFound;
      default -> Kind.PromptNotFound; // its name, version, label or experiment
    };
  }

  private static MutableHttpResponse<?> head(ModelTask task, int status, String type) {
    MutableHttpResponse<?> head = HttpResponse.status(status, reason(status)).contentType(type);
    ResponseHeaders.add(head, task.admission());
    limits(head, task.admission().decision());
    var prompt = task.prompt();
    if (!prompt.prompt().isEmpty()) {
      head.header("X-Tollgate-Prompt", prompt.prompt() + "@" + prompt.version());
    }
    if (!prompt.experiment().isEmpty()) {
      head.header("X-Tollgate-Experiment", prompt.experiment());
      head.header("X-Tollgate-Variant", prompt.variant());
    }
    return head;
  }

  private static String reason(int status) {
    return HttpStatus.getDefaultReason(status);
  }

  /** The headers that OpenAI's clients look at, of the first limit on requests and on tokens. */
  private static void limits(MutableHttpResponse<?> head, Decision decision) {
    limit(head, decision, "requests");
    limit(head, decision, "tokens");
  }

  private static void limit(MutableHttpResponse<?> head, Decision decision, String meter) {
    for (var state : decision.states()) {
      var limit = state.charge().limit();
      if (limit.meter().equals(meter) && limit.window() != null && limit.window() != Window.Month) {
        head.header("x-ratelimit-limit-" + meter, Long.toString(limit.quantity()));
        head.header("x-ratelimit-remaining-" + meter, Long.toString(state.remaining()));
        head.header("x-ratelimit-reset-" + meter, duration(Duration.ofMillis(state.resetMillis())));
        return;
      }
    }
  }

  /** As OpenAI writes durations: 6m0s, 1.5s, 20ms. */
  static String duration(Duration duration) {
    var millis = duration.toMillis();
    if (millis < 1000) {
      return millis + "ms";
    }
    var text = new StringBuilder();
    if (millis >= 3_600_000) {
      text.append(millis / 3_600_000).append('h');
    }
    if (millis >= 60_000) {
      text.append(millis / 60_000 % 60).append('m');
    }
    var seconds = millis / 1000 % 60;
    var rest = millis % 1000;
    text.append(seconds);
    if (rest > 0 && millis < 60_000) {
      text.append('.').append(String.valueOf(1000 + rest).substring(1).replaceAll("0+$", ""));
    }
    return text.append('s').toString();
  }
}

package dev.tollgate.gateway.backend;

import dev.tollgate.core.limits.FairQueue;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.http.ProblemResponses;
import dev.tollgate.gateway.http.Upgrades;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.client.exceptions.ReadTimeoutException;
import io.micronaut.http.client.exceptions.ResponseClosedException;
import io.micronaut.http.exceptions.BufferLengthExceededException;
import io.micronaut.http.exceptions.ContentLengthExceededException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What can go wrong on the way to a backend: its name in {@code retry.reasons}, its problem. */
public final class Failures {

  static final String CONNECT = "ConnectFailure";
  public static final String TIMEOUT = "Timeout";
  static final String RESET = "Reset";

  private Failures() {}

  /** A backend answered with a server error; what the circuit breaker is told. No stack trace. */
  public static final class ServerError extends Exception {
    private static final long serialVersionUID = 1;

    public ServerError(int status) {
      super("status " + status, null, false, false);
    }
  }

  /** Names a failure as {@code retry.reasons} does. */
  public static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ConnectException _, UnknownHostException _, SSLException _ -> {
          return CONNECT;
        }
        case TimeoutException _, ReadTimeoutException _ -> {
          return TIMEOUT;
        }
        case ResponseClosedException _ -> {
          return RESET;
        }
        default -> {
          if (cause instanceof ConnectTimeoutException) {
            return CONNECT;
          }
        }
      }
    }
    return RESET;
  }

  /** Whether the connection was closed, or broke, before it brought an answer. */
  public static boolean closed(Throwable failure) {
    return reason(failure).equals(RESET) && !unreadable(failure);
  }

  private static boolean unreadable(Throwable failure) {
    return cause(failure, DecoderException.class) != null
        || cause(failure, IllegalArgumentException.class) != null;
  }

  /** Why a backend did not answer, for the log. */
  static String words(Throwable failure) {
    var certificate = cause(failure, CertificateException.class);
    if (certificate != null) {
      return "its certificate is not trusted: " + certificate.getMessage();
    }
    var unknown = cause(failure, UnknownHostException.class);
    if (unknown != null) {
      return "its name cannot be resolved: " + unknown.getMessage();
    }
    if (reason(failure).equals(TIMEOUT)) {
      return "it did not answer in time";
    }
    var root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }

  /** Why a backend gave no answer: 502, 503 or 504. */
  public static Problem of(Throwable failure, RouteView route, Backend backend) {
    return switch (reason(failure)) {
      case TIMEOUT -> timeout(route, backend);
      case CONNECT ->
          problem(
              502,
              "backend-unreachable",
              "Backend unreachable",
              named(route, backend) + " cannot be reached.");
      default ->
          problem(502, "backend-failed", "Backend failed", named(route, backend) + why(failure));
    };
  }

  private static String why(Throwable failure) {
    if (failure instanceof Upgrades.Disagreement disagreement) {
      return " did not agree to the upgrade as it must: " + disagreement.why() + ".";
    }
    return unreadable(failure)
        ? " answered what cannot be read: it is not HTTP, or its headers are too large."
        : " broke off before it answered.";
  }

  /** A backend did not answer in time: 504. */
  public static Problem timeout(RouteView route, Backend backend) {
    return problem(
        504,
        "backend-timeout",
        "Backend timed out",
        named(route, backend) + " did not answer within " + within(route).toMillis() + " ms.");
  }

  /** How long one try may take until its answer begins. */
  private static Duration within(RouteView route) {
    var one = route.retry().timeout();
    var request = route.requestTimeout();
    return one == null || one.compareTo(request) > 0 ? request : one;
  }

  /** How long a try might take that failed so: its own time, or that of a silent connection. */
  public static Duration within(Throwable failure, RouteView route) {
    return cause(failure, ReadTimeoutException.class) == null ? within(route) : route.idleTimeout();
  }

  /** The caller's body did not come in time. */
  public static Problem noBody(Duration within) {
    return ofCaller(
        408,
        "body-timeout",
        "Body timed out",
        "The request's body did not come whole within " + within.toMillis() + " ms.");
  }

  /** The caller's body cannot be passed on. */
  public static Problem badBody(Throwable fault) {
    if (cause(fault, ContentLengthExceededException.class) != null
        || cause(fault, BufferLengthExceededException.class) != null) {
      return ofCaller(
          413, "too-large", "Too large", "The request's body is larger than any may be.");
    }
    return ofCaller(
        400, "broken-body", "Broken body", "The request's body broke off, or cannot be read.");
  }

  /** The rest of the body is not read: the connection ends with the answer. */
  private static Problem ofCaller(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, Map.of("Connection", "close"), Map.of());
  }

  /**
   * A header that the backend must be sent has no value, so the request is not sent. Its Secret is
   * not the caller's business.
   */
  public static Problem noValue(String header, RouteView route, Backend backend) {
    return again(
        "no-header-value",
        "No header value",
        named(route, backend) + " needs the header " + header + ", and its value is not there.",
        30);
  }

  /** A method that no backend is asked with. */
  public static Problem notOnward(String method) {
    var others = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    return new Problem(
        405,
        "method-not-allowed",
        "Method not allowed",
        method + " is not passed on to any backend.",
        Map.of("Allow", others),
        Map.of());
  }

  /** A fault of this program; what it was is in the log, under the id of the request. */
  public static Problem fault() {
    return problem(
        500,
        "internal-error",
        "Internal error",
        "The request could not be passed on; it was logged.");
  }

  /** A turn at the backend that did not come, by what {@link FairQueue#acquire} says. */
  public static Problem noTurn(Throwable failure, RouteView route, Backend backend) {
    return failure instanceof FairQueue.QueueTimeout
        ? waitedTooLong(route, backend)
        : saturated(route, backend);
  }

  /** Ends an admission that failed, and answers with what failed. */
  public static HttpResponse<?> answer(Problem problem, Admission admission) {
    admission.end(problem.status() < 500 ? Outcome.COMPLETE : Outcome.FAILED, problem.status());
    return ResponseHeaders.add(ProblemResponses.of(problem, admission.id()), admission);
  }

  private static Problem waitedTooLong(RouteView route, Backend backend) {
    return again(
        "backend-saturated",
        "Backend saturated",
        named(route, backend)
            + " had no connection free within "
            + route.requestTimeout().toMillis()
            + " ms.",
        1);
  }

  private static Problem saturated(RouteView route, Backend backend) {
    return again(
        "backend-saturated",
        "Backend saturated",
        "Every connection to "
            + named(route, backend)
            + " is busy, and as many requests wait as may.",
        1);
  }

  /** None of the route's backends takes requests just now: 503. */
  public static Problem noBackend(RouteView route) {
    return again(
        "no-backend",
        "No backend",
        "No backend of route "
            + route.name()
            + " takes this request now: their circuits are open, or their conditions do not hold.",
        5);
  }

  private static String named(RouteView route, Backend backend) {
    return "backend " + backend.view().name() + " of route " + route.name();
  }

  private static Problem problem(int status, String type, String title, String detail) {
    var sentence = Character.toUpperCase(detail.charAt(0)) + detail.substring(1);
    return new Problem(status, type, title, sentence, Map.of(), Map.of());
  }

  private static Problem again(String type, String title, String detail, int seconds) {
    var sentence = Character.toUpperCase(detail.charAt(0)) + detail.substring(1);
    return new Problem(
        503, type, title, sentence, Map.of("Retry-After", Integer.toString(seconds)), Map.of());
  }
}

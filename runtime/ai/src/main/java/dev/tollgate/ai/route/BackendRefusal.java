package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.ClientErrors;
import dev.tollgate.ai.protocol.ClientErrors.Kind;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.core.problems.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What an error of a backend means. What it says of its own failure, or of what is owed to it, is
 * not the client's to know.
 *
 * @param problem for the client
 * @param next whether another backend is asked
 * @param failed whether it counts as a failure of the backend; that it is busy does not
 */
record BackendRefusal(Problem problem, boolean next, boolean failed) {

  private static final String AT_ONCE = "1";

  /**
   * Of an answer whose status is an error.
   *
   * @param retryAfter its header, if any
   * @param same whether client and backend speak the same protocol, so that members have the same
   *     names
   */
  static BackendRefusal of(
      ModelBackend backend,
      int status,
      UpstreamError error,
      @Nullable String retryAfter,
      boolean same) {
    if (status == 402 || error.ofAccount()) {
      return account(backend);
    }
    var busy = ModelProblems.busy(backend, retryAfter == null ? AT_ONCE : retryAfter);
    return switch (status) {
      case 401, 403 -> broken(backend, "does not accept the key that it was given");
      case 404 -> broken(backend, "has no model " + backend.view().model());
      case 408, 429, 529 -> new BackendRefusal(busy, true, false);
      default -> {
        if (status == 501 || error.ofModel()) {
          yield new BackendRefusal(ModelProblems.refused(400, error, same), false, false);
        }
        if (status < 500) {
          yield new BackendRefusal(ModelProblems.refused(status, error, same), false, false);
        }
        if (status == 503 || ClientErrors.kindOf(error) == Kind.Overloaded) {
          yield new BackendRefusal(busy, true, ClientErrors.kindOf(error) != Kind.Overloaded);
        }
        yield broken(backend, "answered " + status);
      }
    };
  }

  /** Of an error inside an answer that had begun well. */
  static BackendRefusal of(ModelBackend backend, UpstreamError error) {
    if (error.ofAccount()) {
      return account(backend);
    }
    return ClientErrors.kindOf(error) == Kind.Overloaded
        ? new BackendRefusal(ModelProblems.busy(backend, AT_ONCE), true, false)
        : broken(backend, "says that it failed");
  }

  private static BackendRefusal account(ModelBackend backend) {
    return broken(backend, "takes no calls of this gateway now");
  }

  private static BackendRefusal broken(ModelBackend backend, String what) {
    return new BackendRefusal(ModelProblems.failed(what, backend), true, true);
  }
}

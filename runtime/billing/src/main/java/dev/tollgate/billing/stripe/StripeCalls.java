package dev.tollgate.billing.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.AuthenticationException;
import com.stripe.exception.IdempotencyException;
import com.stripe.exception.PermissionException;
import com.stripe.exception.RateLimitException;
import com.stripe.exception.StripeException;
import com.stripe.net.RequestOptions;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.EngineException.Kind;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls Stripe, and says of what fails what follows from it
 * (https://docs.stripe.com/error-low-level).
 */
final class StripeCalls {

  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int SERVER = 500;

  private final Supplier<StripeClient> client;

  /**
   * @param client asked before each call, since its key may be rotated
   */
  StripeCalls(Supplier<StripeClient> client) {
    this.client = client;
  }

  /** One request. */
  interface Call<T> {
    T on(StripeClient client) throws StripeException;
  }

  /**
   * @param what is done, for the message
   */
  <T> T ask(String what, Call<T> call) {
    try {
      return call.on(client.get());
    } catch (StripeException e) {
      throw new EngineException(kind(e), message(what, e), e);
    }
  }

  /** The same, where not to be there is an answer. */
  <T> Optional<T> look(String what, Call<T> call) {
    try {
      return Optional.of(call.on(client.get()));
    } catch (StripeException e) {
      if (e.getStatusCode() != null && e.getStatusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw new EngineException(kind(e), message(what, e), e);
    }
  }

  static RequestOptions key(String key) {
    return RequestOptions.builder().setIdempotencyKey(key).build();
  }

  private static Kind kind(StripeException e) {
    return switch (e) {
      case IdempotencyException spent -> inUse(spent) ? Kind.LATER : Kind.KEY_SPENT;
      case RateLimitException later -> Kind.LATER;
      case ApiConnectionException silent -> Kind.SILENT;
      default -> {
        var status = e.getStatusCode();
        yield status == null || status >= SERVER
            ? Kind.UNKNOWN
            : status == CONFLICT ? Kind.LATER : Kind.REFUSED;
      }
    };
  }

  private static boolean inUse(IdempotencyException e) {
    return e.getStatusCode() != null && e.getStatusCode() == CONFLICT;
  }

  private static String message(String what, StripeException e) {
    if (e instanceof ApiConnectionException) {
      return "Stripe: %s was not done, or it is not known whether it was: there is no answer%s"
          .formatted(what, why(e.getCause()));
    }
    var outcome =
        switch (e) {
          case PermissionException denied ->
              "was not done, since the API key lacks a permission for it";
          case AuthenticationException unknown ->
              "was not done, since the API key is not (or no longer) good";
          default ->
              kind(e) == Kind.UNKNOWN
                  ? "was not done, or it is not known whether it was"
                  : "was not done";
        };
    // Stripe's own words name the field; a key that is wrong is shown by it with stars
    return "Stripe: %s %s (status %s, code %s): %s"
        .formatted(what, outcome, e.getStatusCode(), e.getCode(), said(e.getMessage()));
  }

  private static String why(@Nullable Throwable e) {
    return e == null ? "" : " (%s: %s)".formatted(e.getClass().getSimpleName(), e.getMessage());
  }

  /** Without the page of a proxy that answered in Stripe's place. */
  static String said(@Nullable String message) {
    if (message == null) {
      return "nothing was said";
    }
    var page = message.indexOf('<');
    return page < 0
        ? message
        : message.substring(0, page) + "(an answer that is not Stripe's JSON)";
  }
}

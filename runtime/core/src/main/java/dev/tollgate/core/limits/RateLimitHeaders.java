package dev.tollgate.core.limits;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a decision looks like in HTTP: {@code RateLimit-Policy} and {@code RateLimit} as structured
 * fields (draft-ietf-httpapi-ratelimit-headers-10), {@code Retry-After} (RFC 9110, 10.2.3), and the
 * problem of a refusal (RFC 9457).
 */
public final class RateLimitHeaders {
  public static final String POLICY = "RateLimit-Policy";
  public static final String LIMIT = "RateLimit";
  public static final String RETRY_AFTER = "Retry-After";

  private RateLimitHeaders() {}

  /**
   * Value of {@code RateLimit-Policy}, such as {@code "tenant";q=500;w=1}; null without limits.
   * Concurrency has no window; its unit is {@code qu="concurrent-requests"}.
   */
  public static @Nullable String policy(Decision decision) {
    List<Decision.State> states = decision.states();
    if (states.isEmpty()) {
      return null;
    }
    StringBuilder out = new StringBuilder(32 * states.size());
    for (int i = 0; i < states.size(); i++) {
      LimitView limit = states.get(i).charge().limit();
      name(out, i, limit).append(";q=").append(limit.quantity());
      String unit = unit(limit);
      if (unit != null) {
        out.append(";qu=\"").append(unit).append('"');
      }
      Window window = limit.window();
      if (window != null) {
        out.append(";w=").append(seconds(window));
      }
    }
    return out.toString();
  }

  /**
   * Value of {@code RateLimit}, such as {@code "tenant";r=499;t=1}; null without limits. {@code t}
   * is in seconds, rounded up: when the counter is full again, or, of a limit that refused, when
   * the same request would be let in.
   */
  public static @Nullable String limit(Decision decision) {
    List<Decision.State> states = decision.states();
    if (states.isEmpty()) {
      return null;
    }
    StringBuilder out = new StringBuilder(32 * states.size());
    for (int i = 0; i < states.size(); i++) {
      Decision.State state = states.get(i);
      name(out, i, state.charge().limit()).append(";r=").append(state.remaining());
      long millis = state.retryAfterMillis() > 0 ? state.retryAfterMillis() : state.resetMillis();
      if (millis > 0) {
        out.append(";t=").append(Math.ceilDiv(millis, 1_000));
      }
    }
    return out.toString();
  }

  /** Seconds for {@code Retry-After}, rounded up; -1 when there is none to give. */
  public static long retryAfterSeconds(Decision decision) {
    long millis = retryAfterMillis(decision);
    return millis > 0 ? Math.ceilDiv(millis, 1_000) : -1;
  }

  // the longest wait of all that refuse, so that a client which obeys is let in
  private static long retryAfterMillis(Decision decision) {
    long most = 0;
    for (Decision.State state : decision.states()) {
      if (state.retryAfterMillis() < 0) {
        return -1;
      }
      most = Math.max(most, state.retryAfterMillis());
    }
    return most;
  }

  /**
   * The problem for a refusal: 429 {@code rate-limited} with the headers above; 403 {@code
   * limit-forbids} when the limit is zero, and 429 {@code over-limit-size} without {@code
   * Retry-After} when the request alone is more than the limit, since waiting helps neither.
   *
   * @param currency in which limits of money are told, such as {@code USD}; null when it is not
   *     known, and then no amounts are
   * @throws IllegalArgumentException when the decision refuses nothing
   */
  public static Problem refusal(Decision decision, @Nullable String currency) {
    if (decision.refusedBy() < 0) {
      throw new IllegalArgumentException("the decision refuses nothing: " + decision);
    }
    Decision.State state = decision.states().get(decision.refusedBy());
    LimitView limit = state.charge().limit();
    long retryAfterMillis = retryAfterMillis(decision);
    Map<String, Object> members = new HashMap<>();
    members.put("limit", limit.name());
    members.put("policy", limit.policy());
    members.put("meter", limit.meter());
    Map<String, String> headers = headers(decision);
    if (limit.quantity() <= 0) {
      return new Problem(
          403,
          "limit-forbids",
          "Not allowed",
          text(limit, currency).append(" is zero: the plan does not include this.").toString(),
          headers,
          members);
    }
    if (state.retryAfterMillis() < 0) {
      return new Problem(
          429,
          "over-limit-size",
          "Request exceeds the limit",
          tooLarge(state.charge(), currency),
          headers,
          members);
    }
    if (retryAfterMillis > 0) {
      members.put("retryAfterMillis", retryAfterMillis);
      headers.put(RETRY_AFTER, Long.toString(Math.ceilDiv(retryAfterMillis, 1_000)));
    }
    return new Problem(
        429,
        "rate-limited",
        "Too many requests",
        text(limit, currency)
            .append(
                state.counted()
                    ? " is used up; try again in "
                    : " cannot be counted just now, so nothing is let in; try again in ")
            .append(Math.ceilDiv(Math.max(1, retryAfterMillis), 1_000))
            .append(" s.")
            .toString(),
        headers,
        members);
  }

  private static Map<String, String> headers(Decision decision) {
    Map<String, String> headers = new HashMap<>();
    String policy = policy(decision);
    String limit = limit(decision);
    if (policy != null && limit != null) {
      headers.put(POLICY, policy);
      headers.put(LIMIT, limit);
    }
    return headers;
  }

  private static String tooLarge(Charge charge, @Nullable String currency) {
    LimitView limit = charge.limit();
    StringBuilder out = text(limit, currency).append(" is less than this request ");
    out.append(money(limit) ? "may cost" : "asks for");
    if (!money(limit)) {
      out.append(" (").append(charge.amount()).append(')');
    } else if (currency != null) {
      out.append(" (").append(amount(charge.amount(), currency)).append(')');
    }
    return out.append("; make the request smaller.").toString();
  }

  private static StringBuilder text(LimitView limit, @Nullable String currency) {
    StringBuilder out = new StringBuilder("Limit \"").append(limit.name()).append("\" of ");
    if (!money(limit)) {
      out.append(limit.quantity()).append(' ').append(limit.meter());
    } else {
      out.append(currency == null ? "money" : amount(limit.quantity(), currency));
    }
    Window window = limit.window();
    return window == null ? out.append(" at once") : out.append(" per ").append(lower(window));
  }

  private static boolean money(LimitView limit) {
    return limit.meter().equals("money");
  }

  /** Millionths of the minor unit as {@code 0.01 USD}, with as many digits as say it all. */
  private static String amount(long millionths, String currency) {
    int digits = Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
    BigDecimal major = BigDecimal.valueOf(millionths, digits + 6).stripTrailingZeros();
    return major.setScale(Math.max(digits, major.scale())).toPlainString() + ' ' + currency;
  }

  // names are checked by the schema: letters, digits and hyphens, so nothing needs escaping
  private static StringBuilder name(StringBuilder out, int index, LimitView limit) {
    if (index > 0) {
      out.append(", ");
    }
    return out.append('"').append(limit.name()).append('"');
  }

  private static @Nullable String unit(LimitView limit) {
    return switch (limit.meter()) {
      case "requests" -> null; // the default
      case "bytes" -> "content-bytes";
      case "concurrency" -> "concurrent-requests";
      default -> limit.meter();
    };
  }

  private static String lower(Window window) {
    return switch (window) {
      case Second -> "second";
      case Minute -> "minute";
      case Hour -> "hour";
      case Day -> "day";
      case Month -> "month";
    };
  }

  // a month is told as 30 days: w describes the policy, t has the true end of the window
  private static long seconds(Window window) {
    return switch (window) {
      case Second -> 1;
      case Minute -> 60;
      case Hour -> 3_600;
      case Day -> 86_400;
      case Month -> 2_592_000;
    };
  }
}

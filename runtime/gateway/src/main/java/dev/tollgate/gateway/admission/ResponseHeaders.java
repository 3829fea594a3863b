package dev.tollgate.gateway.admission;

import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.RateLimitHeaders;
import io.micronaut.http.MutableHttpResponse;
import org.jspecify.annotations.Nullable;

/** Headers that every answer of the gateway carries. */
public final class ResponseHeaders {

  public static final String REQUEST_ID = "X-Tollgate-Request-Id";

  private ResponseHeaders() {}

  /** Adds the id of the request and what is left of its limits. */
  public static MutableHttpResponse<?> add(MutableHttpResponse<?> response, Admission admission) {
    response.getHeaders().set(REQUEST_ID, admission.id());
    return limits(response, admission.decision());
  }

  /** Adds what is left of the limits. */
  public static MutableHttpResponse<?> limits(
      MutableHttpResponse<?> response, @Nullable Decision decision) {
    if (decision != null) {
      var policy = RateLimitHeaders.policy(decision);
      var limit = RateLimitHeaders.limit(decision);
      if (policy != null && limit != null) {
        response.getHeaders().set(RateLimitHeaders.POLICY, policy);
        response.getHeaders().set(RateLimitHeaders.LIMIT, limit);
      }
    }
    return response;
  }
}

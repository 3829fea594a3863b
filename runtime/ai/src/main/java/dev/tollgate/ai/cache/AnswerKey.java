package dev.tollgate.ai.cache;

/**
 * What an answer was given to.
 *
 * @param tenant its id: no tenant gets an answer of another
 * @param route name of the model route
 * @param digest SHA-256 of the route as it was, the dialect, the features asked for in headers and
 *     the request's body, in hexadecimal
 */
public record AnswerKey(String tenant, String route, String digest) {

  /** Bytes that its texts take at most. */
  long weight() {
    return 2L * (tenant.length() + route.length() + digest.length());
  }
}

package dev.tollgate.gateway.entry;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.view.CorsView;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lets scripts of web pages call what a pool serves, as its {@code cors} says (Fetch standard,
 * 3.2). A browser asks first, without a credential, whether it may send a request; that is answered
 * here. What the request itself comes to, a problem, too, is marked as readable by the script.
 */
@Singleton
final class Cors {

  private static final String ORIGIN = "Origin";
  private static final String ASKED_METHOD = "Access-Control-Request-Method";
  private static final String ASKED_HEADERS = "Access-Control-Request-Headers";
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final String ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials";
  private static final String EXPOSE_HEADERS = "Access-Control-Expose-Headers";

  /** What a backend may say of itself; a pool speaks for all that it serves. */
  private static final List<String> BACKENDS_OWN =
      List.of(
          ALLOW_ORIGIN,
          ALLOW_CREDENTIALS,
          EXPOSE_HEADERS,
          "Access-Control-Allow-Methods",
          "Access-Control-Allow-Headers",
          "Access-Control-Max-Age");

  private final Serving serving;
  private final String pool;

  Cors(Serving serving, GatewaySettings settings) {
    this.serving = serving;
    this.pool = settings.pool();
  }

  /** The rules for a request; null when no browser asks, or the pool has none. */
  @Nullable CorsView rules(HttpRequest<?> request) {
    var gateway = serving.current().shared().gatewayPools().get(pool);
    var cors = gateway == null ? null : gateway.cors();
    return cors == null || !request.getHeaders().contains(ORIGIN) ? null : cors;
  }

  /** Whether a browser only asks if it may send a request. */
  static boolean preflight(HttpRequest<?> request) {
    return request.getMethodName().equals("OPTIONS") && request.getHeaders().contains(ASKED_METHOD);
  }

  /**
   * The answer to a browser that asks. Every method and header may be sent: what a caller may do,
   * its credential decides.
   */
  static MutableHttpResponse<?> answer(CorsView rules, HttpRequest<?> request) {
    var asked = request.getHeaders();
    var origin = asked.get(ORIGIN);
    if (origin == null || !rules.allows(origin)) {
      var refused =
          ProblemResponses.of(
              Problem.of(
                  403,
                  "origin-not-allowed",
                  "Origin not allowed",
                  "Pages of this origin may not call; the operator of this API can add it to"
                      + " cors.allowOrigins of the gateway."),
              "");
      refused.getHeaders().add("Vary", ORIGIN);
      return refused;
    }
    MutableHttpResponse<?> response = HttpResponse.noContent();
    var headers = response.getHeaders();
    allow(rules, origin, headers);
    headers.add("Vary", ASKED_METHOD + ", " + ASKED_HEADERS);
    headers.set("Access-Control-Allow-Methods", String.valueOf(asked.get(ASKED_METHOD)));
    var names = asked.get(ASKED_HEADERS);
    if (names != null) {
      headers.set("Access-Control-Allow-Headers", names);
    }
    headers.set("Access-Control-Max-Age", Long.toString(rules.maxAge().toSeconds()));
    return response;
  }

  /** Lets the script read an answer, all of its headers, too. */
  static <R extends HttpResponse<?>> R readable(
      CorsView rules, HttpRequest<?> request, R response) {
    if (!(response.getHeaders() instanceof MutableHttpHeaders headers)) {
      return response;
    }
    BACKENDS_OWN.forEach(headers::remove);
    var origin = request.getHeaders().get(ORIGIN);
    if (origin == null || !rules.allows(origin)) {
      headers.add("Vary", ORIGIN);
      return response;
    }
    // * stands for all headers only where no cookies are sent
    var exposed = rules.credentials() ? String.join(", ", new TreeSet<>(headers.names())) : "*";
    allow(rules, origin, headers);
    headers.set(EXPOSE_HEADERS, exposed);
    return response;
  }

  private static void allow(CorsView rules, String origin, MutableHttpHeaders headers) {
    headers.set(ALLOW_ORIGIN, rules.any() ? "*" : origin);
    if (rules.credentials()) {
      headers.set(ALLOW_CREDENTIALS, "true");
    }
    if (!rules.any()) {
      headers.add("Vary", ORIGIN);
    }
  }
}

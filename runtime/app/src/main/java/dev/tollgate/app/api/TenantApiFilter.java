package dev.tollgate.app.api;

import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Scopes;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Gate;
import dev.tollgate.gateway.admission.OwnApiLimits;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteInfo;
import io.micronaut.web.router.UriRouteInfo;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Knows the caller of the tenant's own API. */
// for every path, since a pattern would be matched against each proxied request
@ServerFilter("/**")
final class TenantApiFilter {

  /** Whoever is suspended sees why, and pays. */
  private static final Set<String> OPEN_TO_SUSPENDED =
      Set.of(Scopes.USAGE_READ, Scopes.BILLING_READ, Scopes.BILLING_MANAGE);

  private static final CompletionStage<Optional<HttpResponse<?>>> GO_ON =
      CompletableFuture.completedFuture(Optional.empty());

  private static final String ASKED = "tollgate.own-api";

  private final Authenticator authenticator;
  private final Callers callers;
  private final Gate gate;
  private final OwnApiLimits limits;
  private final Map<RouteInfo<?>, String> paths = new ConcurrentHashMap<>();

  TenantApiFilter(Authenticator authenticator, Callers callers, Gate gate, OwnApiLimits limits) {
    this.authenticator = authenticator;
    this.callers = callers;
    this.gate = gate;
    this.limits = limits;
  }

  @RequestFilter
  CompletionStage<Optional<HttpResponse<?>>> authenticate(HttpRequest<?> request) {
    var scope = scope(request.getMethodName(), path(request));
    if (scope == null) {
      return GO_ON;
    }
    return authenticator
        .authenticate(request.getHeaders().get("Authorization"), callers.of(request).network())
        .thenCompose(outcome ->
            switch (outcome) {
              case Authentication.Refused refused -> stop(refused.problem());
              case Authentication.Granted granted -> {
                var principal = granted.principal();
                var forbidden = forbidden(principal, scope);
                yield forbidden != null
                    ? stop(gate.refused(principal.tenant(), forbidden))
                    : limited(request, principal);
              }
            });
  }

  private static CompletionStage<Optional<HttpResponse<?>>> stop(Problem problem) {
    return CompletableFuture.completedFuture(Optional.of(ProblemResponses.of(problem, "")));
  }

  private CompletionStage<Optional<HttpResponse<?>>> limited(
      HttpRequest<?> request, Principal principal) {
    return limits
        .ask(principal.tenant())
        .thenApply(asked ->
            switch (asked) {
              case OwnApiLimits.Asked.Let let -> {
                request.setAttribute(Principal.ATTRIBUTE, principal);
                request.setAttribute(ASKED, let);
                yield Optional.empty();
              }
              case OwnApiLimits.Asked.Refused refused ->
                  Optional.of(
                      ResponseHeaders.limits(
                          ProblemResponses.of(refused.problem(), ""), refused.decision()));
            });
  }

  @ResponseFilter
  void answered(HttpRequest<?> request) {
    request.getAttribute(ASKED, OwnApiLimits.Asked.Let.class).ifPresent(limits::end);
  }

  /**
   * The path of the controller that the request was led to, since that may answer to other
   * spellings of it; the request's own when there is none.
   */
  private String path(HttpRequest<?> request) {
    var route = RouteAttributes.getRouteInfo(request).orElse(null);
    return route instanceof UriRouteInfo<?, ?> led
        ? paths.computeIfAbsent(route, r -> led.getUriMatchTemplate().toPathString())
        : request.getPath();
  }

  /** What a key or token needs for a path of the API; null for a path that is not of it. */
  private static @Nullable String scope(String method, String path) {
    if (!path.startsWith("/v1/")) {
      return null;
    }
    if (path.equals("/v1/keys") || path.startsWith("/v1/keys/")) {
      return Scopes.KEYS_MANAGE;
    }
    if (path.equals("/v1/prompts") || path.startsWith("/v1/prompts/")) {
      return Scopes.PROMPTS_USE;
    }
    if (path.equals("/v1/billing") || path.startsWith("/v1/billing/")) {
      return method.equals("GET") || method.equals("HEAD")
          ? Scopes.BILLING_READ
          : Scopes.BILLING_MANAGE;
    }
    return switch (path) {
      case "/v1/usage", "/v1/alerts" -> Scopes.USAGE_READ;
      case "/v1/feedback" -> Scopes.FEEDBACK_WRITE;
      default -> null;
    };
  }

  private static @Nullable Problem forbidden(Principal principal, String scope) {
    var suspended = OPEN_TO_SUSPENDED.contains(scope) ? null : Gate.suspended(principal);
    if (suspended != null) {
      return suspended;
    }
    return principal.hasScope(scope) ? null : Gate.missingScope(scope);
  }
}

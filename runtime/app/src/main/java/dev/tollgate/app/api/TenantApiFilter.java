package dev.tollgate.app.api;

import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Knows the caller of the tenant's own API. */
@ServerFilter({"/v1/keys", "/v1/keys/**", "/v1/usage"})
final class TenantApiFilter {

  static final String PRINCIPAL = "tollgate.principal";

  private final Authenticator authenticator;

  TenantApiFilter(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @RequestFilter
  CompletionStage<Optional<HttpResponse<?>>> authenticate(HttpRequest<?> request) {
    var scope = request.getPath().startsWith("/v1/keys") ? "keys:manage" : "usage:read";
    var remote = request.getRemoteAddress().getAddress();
    return authenticator
        .authenticate(
            request.getHeaders().get("Authorization"),
            remote == null ? "" : remote.getHostAddress())
        .thenApply(outcome ->
            switch (outcome) {
              case Authentication.Refused refused ->
                  Optional.of(ProblemResponses.of(refused.problem(), ""));
              case Authentication.Granted granted -> allow(request, granted.principal(), scope);
            });
  }

  private static Optional<HttpResponse<?>> allow(
      HttpRequest<?> request, Principal principal, String scope) {
    if (!principal.hasScope(scope)) {
      return Optional.of(
          ProblemResponses.of(
              Problem.of(
                  403,
                  "missing-scope",
                  "Missing scope",
                  "The key or token lacks the scope " + scope + "."),
              ""));
    }
    request.setAttribute(PRINCIPAL, principal);
    return Optional.empty();
  }
}

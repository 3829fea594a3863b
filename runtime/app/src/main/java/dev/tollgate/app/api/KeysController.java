package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Gate;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tenant's own API keys. */
@Controller("/v1/keys")
@ExecuteOn(TaskExecutors.BLOCKING)
final class KeysController {

  private final KeyRing keys;
  private final Gate gate;

  KeysController(KeyRing keys, Gate gate) {
    this.keys = keys;
    this.gate = gate;
  }

  @Get
  HttpResponse<?> list(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal,
      @Nullable @QueryValue String limit,
      @Nullable @QueryValue String after) {
    return KeyPage.of(keys.list(principal.tenant().tenantId()), limit, after);
  }

  @Post
  HttpResponse<?> create(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal, @Body byte @Nullable [] body) {
    var wanted = WantedKey.of(body);
    var wrong = wanted.wrong();
    if (wrong != null) {
      return ProblemResponses.of(wrong, "");
    }
    var scopes = wanted.scopes(principal.scopes().names());
    var missing = missing(principal, scopes);
    if (missing != null) {
      return missing;
    }
    var label = Objects.requireNonNullElse(wanted.label(), "");
    var end = principal.expires();
    var expires = wanted.expires() == null ? end : wanted.end();
    if (end != null && expires != null && expires.isAfter(end)) {
      return refused(
          principal,
          Problem.of(
              403,
              "expires-too-late",
              "Expires too late",
              "Your key expires at " + end + ", and a key made with it does so no later."));
    }
    var made = keys.create(principal.tenant().tenantId(), label, scopes, expires);
    return HttpResponse.created(KeyView.made(made));
  }

  /** The answer to a caller who lacks a scope of a key; null when it has all. */
  private @Nullable HttpResponse<?> missing(Principal principal, Set<String> scopes) {
    for (var scope : scopes) {
      if (!principal.hasScope(scope)) {
        return refused(principal, Gate.missingScope(scope));
      }
    }
    return null;
  }

  private HttpResponse<?> refused(Principal principal, Problem problem) {
    return ProblemResponses.of(gate.refused(principal.tenant(), problem), "");
  }

  @Post("/{id}/rotate")
  HttpResponse<?> rotate(@RequestAttribute(Principal.ATTRIBUTE) Principal principal, String id) {
    var tenant = principal.tenant().tenantId();
    // who gets a successor can do all that the key could
    var missing = missing(principal, keys.one(tenant, id).scopes().names());
    return missing == null
        ? HttpResponse.created(KeyView.made(keys.rotate(tenant, id, principal.expires())))
        : missing;
  }

  @Delete("/{id}")
  HttpResponse<?> revoke(@RequestAttribute(Principal.ATTRIBUTE) Principal principal, String id) {
    var tenant = principal.tenant().tenantId();
    var missing = missing(principal, keys.one(tenant, id).scopes().names());
    if (missing != null) {
      return missing;
    }
    keys.revoke(tenant, id);
    return HttpResponse.noContent();
  }

  @Error(global = true, exception = KeyRing.Refused.class)
  HttpResponse<?> refused(KeyRing.Refused refused) {
    return ProblemResponses.of(refused.problem(), "");
  }

  /**
   * A key as it is listed: without its secret.
   *
   * @param created RFC 3339, UTC; absent for the first key in a cluster, which is a Secret's
   * @param expires the same; absent when never
   * @param state such as {@code live}
   * @param key the secret; only in the answer that made it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record KeyView(
      String id,
      String label,
      Set<String> scopes,
      @Nullable String created,
      @Nullable String expires,
      String state,
      @Nullable String key) {

    static KeyView of(KeyRecord key) {
      return of(key, null);
    }

    static KeyView made(KeyRing.Made made) {
      return of(made.key(), made.secret());
    }

    private static KeyView of(KeyRecord key, @Nullable String secret) {
      var expires = key.expires();
      return new KeyView(
          key.id(),
          key.label(),
          key.scopes().names(),
          key.created().equals(Instant.EPOCH) ? null : key.created().toString(),
          expires == null ? null : expires.toString(),
          key.state(Instant.now()),
          secret);
    }

    @Override
    public String toString() {
      return "KeyView[id=" + id + ", state=" + state + "]";
    }
  }
}

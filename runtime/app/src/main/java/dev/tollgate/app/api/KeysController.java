package dev.tollgate.app.api;

import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.ProblemResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tenant's own API keys. */
@Controller("/v1/keys")
@ExecuteOn(TaskExecutors.BLOCKING)
final class KeysController {

  private final KeyRing keys;

  KeysController(KeyRing keys) {
    this.keys = keys;
  }

  /** What a key is made with; scopes that the caller does not have itself are refused. */
  record Wanted(@Nullable String label, @Nullable List<String> scopes, @Nullable String expires) {}

  @Get
  Map<String, Object> list(@RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal) {
    return Map.of(
        "keys", keys.list(principal.tenant().tenantId()).stream().map(KeyView::of).toList());
  }

  @Post
  HttpResponse<?> create(
      @RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal, @Body Wanted wanted) {
    var scopes = wanted.scopes() == null ? principal.scopes() : Set.copyOf(wanted.scopes());
    for (var scope : scopes) {
      if (!principal.hasScope(scope)) {
        return ProblemResponses.of(
            Problem.of(
                403,
                "missing-scope",
                "Missing scope",
                "Your key does not have the scope " + scope + " and cannot give it on."),
            "");
      }
    }
    var label = wanted.label() == null ? "" : wanted.label();
    if (label.length() > 64 || String.join(" ", scopes).length() > 1024) {
      return ProblemResponses.of(
          Problem.of(
              422,
              "invalid-key",
              "Invalid key",
              "A label has at most 64 characters, and all scopes together at most 1024."),
          "");
    }
    Instant expires = null;
    try {
      if (wanted.expires() != null) {
        expires = Instant.parse(wanted.expires());
      }
    } catch (DateTimeException e) {
      return ProblemResponses.of(
          Problem.of(
              422,
              "invalid-key",
              "Invalid key",
              "expires is not a time such as 2027-01-01T00:00:00Z."),
          "");
    }
    var made = keys.create(principal.tenant().tenantId(), label, scopes, expires);
    return HttpResponse.created(KeyView.made(made));
  }

  @Post("/{id}/rotate")
  HttpResponse<?> rotate(
      @RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal, String id) {
    return HttpResponse.created(KeyView.made(keys.rotate(principal.tenant().tenantId(), id)));
  }

  @Delete("/{id}")
  HttpResponse<?> revoke(
      @RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal, String id) {
    keys.revoke(principal.tenant().tenantId(), id);
    return HttpResponse.noContent();
  }

  @Error(global = true, exception = KeyRing.Refused.class)
  HttpResponse<?> refused(KeyRing.Refused refused) {
    return ProblemResponses.of(refused.problem(), "");
  }

  /** A key as it is listed: without its secret. */
  static final class KeyView {
    private KeyView() {}

    static Map<String, Object> of(KeyRecord key) {
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("id", key.id());
      view.put("label", key.label());
      view.put("scopes", key.scopes());
      view.put("created", key.created().toString());
      var expires = key.expires();
      if (expires != null) {
        view.put("expires", expires.toString());
      }
      view.put("state", key.state(Instant.now()));
      return view;
    }

    static Map<String, Object> made(KeyRing.Made made) {
      var view = of(made.key());
      view.put("key", made.secret());
      return view;
    }
  }
}

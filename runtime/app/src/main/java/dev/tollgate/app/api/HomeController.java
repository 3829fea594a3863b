package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Use;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.view.ProductView;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.Gate;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What is at {@code /}: where things are, as a page for people and as JSON for programs. With a key
 * it lists the APIs and models that the key opens; without, those that every tenant may call.
 */
@Controller
final class HomeController {

  private final Serving serving;
  private final Authenticator authenticator;
  private final Callers callers;
  private final Gate gate;
  private final String pool;

  HomeController(
      Serving serving,
      Authenticator authenticator,
      Callers callers,
      Gate gate,
      GatewaySettings settings) {
    this.serving = serving;
    this.authenticator = authenticator;
    this.callers = callers;
    this.gate = gate;
    this.pool = settings.pool();
  }

  /**
   * Where things are.
   *
   * @param tenant whose key was sent; null without one
   * @param models that {@code /v1/chat/completions} and its like answer with
   * @param openapi the description of everything but {@code apis}, in JSON and in YAML
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Home(
      @Nullable String tenant,
      List<Api> apis,
      List<String> models,
      String keys,
      String usage,
      List<String> openapi) {}

  /**
   * An API that is sold here.
   *
   * @param path all paths below it belong to it
   * @param methods empty for all
   * @param hostnames empty for all
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Api(String name, String path, List<String> methods, List<String> hostnames) {
    static Api of(RouteView route) {
      return new Api(
          route.name(),
          route.path(),
          List.copyOf(new TreeSet<>(route.methods())),
          List.copyOf(new TreeSet<>(route.hostnames())));
    }
  }

  @Get(
      value = "/",
      produces = {MediaType.TEXT_HTML, MediaType.APPLICATION_JSON})
  CompletionStage<HttpResponse<?>> home(HttpRequest<?> request) {
    var authorization = request.getHeaders().get("Authorization");
    if (authorization == null) {
      return CompletableFuture.completedFuture(answer(request, null));
    }
    return authenticator
        .authenticate(authorization, callers.of(request).network())
        .thenApply(outcome ->
            switch (outcome) {
              case Authentication.Refused refused -> ProblemResponses.of(refused.problem(), "");
              case Authentication.Granted granted -> answer(request, granted.principal());
            });
  }

  private List<String> models(@Nullable Principal caller) {
    Set<String> sold = caller == null ? Set.of() : caller.tenant().plan().models();
    return serving.current().shared().modelRoutes().stream()
        .filter(route -> open(route, Use.MODELS, caller))
        .flatMap(route -> route.models().stream())
        .filter(model -> sold.isEmpty() || sold.contains(model))
        .sorted()
        .distinct()
        .toList();
  }

  private HttpResponse<?> answer(HttpRequest<?> request, @Nullable Principal caller) {
    var apis =
        serving.current().shared().routes().stream()
            .filter(route -> open(route, Use.APIS, caller))
            .sorted(Comparator.comparing(RouteView::path).thenComparing(RouteView::name))
            .map(Api::of)
            .toList();
    var home =
        new Home(
            caller == null ? null : caller.tenant().name(),
            apis,
            models(caller),
            "/v1/keys",
            "/v1/usage",
            List.of("/openapi.json", "/openapi.yaml"));
    MutableHttpResponse<?> response =
        wantsPage(request)
            ? HttpResponse.ok(HomePage.of(home))
                .contentType(MediaType.TEXT_HTML_TYPE)
                .header("Content-Security-Policy", HomePage.POLICY)
            : HttpResponse.ok(home).contentType(MediaType.APPLICATION_JSON_TYPE);
    return response
        .header("Vary", "Accept, Authorization")
        .header("Cache-Control", "private, no-cache")
        .header("X-Content-Type-Options", "nosniff");
  }

  /** Whether a caller may use it; without one, whether every tenant may. */
  private boolean open(ProductView route, Use use, @Nullable Principal caller) {
    return route.pools().contains(pool)
        && (caller == null
            ? route.feature() == null && route.scope() == null
            : gate.allows(caller, route, use));
  }

  /** Browsers name HTML; programs name JSON, or anything. */
  private static boolean wantsPage(HttpRequest<?> request) {
    return request.getHeaders().accept().contains(MediaType.TEXT_HTML_TYPE);
  }
}

package dev.tollgate.gateway;

import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.RateLimitHeaders;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.gateway.Gate.Verdict;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way of every request, on the connection's event loop: route, gate, then the proxy, or for a
 * built-in product the controllers. Requests that no route matches go to the runtime's own pages.
 */
@ServerFilter("/**")
@Order(Ordered.HIGHEST_PRECEDENCE)
final class GatewayFilter {

  /** Request attribute: who calls, for built-in products and the tenant's own API. */
  static final String PRINCIPAL = "tollgate.principal";

  private static final String ADMISSION = "tollgate.admission";

  private final Gate gate;
  private final Proxy proxy;
  private final int managementPort;
  private volatile RouteTable routes = RouteTable.EMPTY;

  GatewayFilter(
      Serving serving,
      Gate gate,
      Proxy proxy,
      Backends backends,
      GatewaySettings settings,
      @io.micronaut.context.annotation.Value("${endpoints.all.port:-1}") int managementPort) {
    this.gate = gate;
    this.proxy = proxy;
    this.managementPort = managementPort;
    serving.onChange(state -> {
      backends.update(state);
      routes = new RouteTable(state.shared().routes(), settings.pool());
    });
  }

  @RequestFilter
  CompletionStage<@Nullable HttpResponse<?>> filter(HttpRequest<?> request) {
    if (request.getServerAddress().getPort() == managementPort) {
      return CompletableFuture.completedFuture(null);
    }
    var path = request.getPath();
    var host = Objects.requireNonNullElse(request.getHeaders().get("Host"), "");
    var colon = host.indexOf(':');
    var found =
        routes.find(colon < 0 ? host : host.substring(0, colon), request.getMethodName(), path);
    var route = found.route();
    if (route == null) {
      return CompletableFuture.completedFuture(
          found.allowed().isEmpty() ? null : notAllowed(String.join(", ", found.allowed())));
    }
    return gate.admit(route, request.getHeaders().get("Authorization"), address(request))
        .thenCompose(verdict ->
            switch (verdict) {
              case Verdict.Stopped stopped ->
                  CompletableFuture.completedFuture(
                      limited(ProblemResponses.of(stopped.problem(), ""), stopped.decision()));
              case Verdict.Passed passed -> pass(request, passed.admission());
            });
  }

  private CompletionStage<@Nullable HttpResponse<?>> pass(
      HttpRequest<?> request, Admission admission) {
    if (admission.route().backends().stream().anyMatch(b -> b.builtin() != null)) {
      request.setAttribute(PRINCIPAL, admission.principal());
      request.setAttribute(ADMISSION, admission);
      request.setAttribute(
          BuiltinCaller.ATTRIBUTE, new BuiltinCaller(admission.principal(), gate::plansWith));
      return CompletableFuture.completedFuture(null);
    }
    return proxy.forward(request, admission).thenApply(response -> response);
  }

  /** Ends the admission of a built-in product, when its answer is known. */
  @ResponseFilter
  void answered(HttpRequest<?> request, HttpResponse<?> response) {
    var admission = request.getAttribute(ADMISSION, Admission.class).orElse(null);
    if (admission != null) {
      if (response instanceof MutableHttpResponse<?> open) {
        limited(open, admission.decision());
        open.header("X-Tollgate-Request-Id", admission.id());
      }
      admission.end(
          Math.max(0, request.getContentLength()),
          Math.max(0, response.getContentLength()),
          response.code() < 500 ? Outcome.COMPLETE : Outcome.FAILED,
          response.code());
    }
  }

  static MutableHttpResponse<?> limited(
      MutableHttpResponse<?> response, @Nullable Decision decision) {
    if (decision != null) {
      var policy = RateLimitHeaders.policy(decision);
      var limit = RateLimitHeaders.limit(decision);
      if (policy != null && limit != null) {
        response.header(RateLimitHeaders.POLICY, policy);
        response.header(RateLimitHeaders.LIMIT, limit);
      }
    }
    return response;
  }

  private static HttpResponse<?> notAllowed(String methods) {
    return ProblemResponses.of(
        new Problem(
            405,
            "method-not-allowed",
            "Method not allowed",
            "This path answers to " + methods + ".",
            Map.of("Allow", methods),
            Map.of()),
        "");
  }

  private static String address(HttpRequest<?> request) {
    InetSocketAddress remote = request.getRemoteAddress();
    var address = remote.getAddress();
    return address == null ? remote.getHostString() : address.getHostAddress();
  }
}

package dev.tollgate.gateway.entry;

import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.Gate;
import dev.tollgate.gateway.admission.Gate.Verdict;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.admission.Traces;
import dev.tollgate.gateway.body.PackedBodies;
import dev.tollgate.gateway.caller.CallerStreams;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.http.GrpcAnswers;
import dev.tollgate.gateway.http.HostNames;
import dev.tollgate.gateway.http.ProblemResponses;
import dev.tollgate.gateway.http.RequestTarget;
import dev.tollgate.gateway.proxy.Proxy;
import dev.tollgate.gateway.route.LiveRoute;
import dev.tollgate.gateway.route.LiveRoutes;
import io.micronaut.context.annotation.Value;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.body.MessageBodyHandlerRegistry;
import io.micronaut.http.server.annotation.PreMatching;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * The way of every request, on the connection's event loop: route, gate, then the proxy, or for a
 * built-in product the controllers. Requests that no route matches go to the runtime's own pages.
 */
@ServerFilter("/**")
@Order(Ordered.HIGHEST_PRECEDENCE)
final class GatewayFilter {

  // not null: Micronaut loses a null that comes later
  private static final CompletionStage<Optional<HttpResponse<?>>> GO_ON =
      CompletableFuture.completedFuture(Optional.empty());

  private static final String ADMISSION = "tollgate.admission";

  private final Gate gate;
  private final Proxy proxy;
  private final LiveRoutes routes;
  private final List<Endpoint> endpoints;
  private final Callers callers;
  private final Traces traces;
  private final Cors cors;
  private final MessageBodyHandlerRegistry writers;
  private final Set<String> httpHostnames;
  private final Set<String> httpsHostnames;
  private final int managementPort;
  private final int operatorPort;

  GatewayFilter(
      Serving serving,
      Gate gate,
      Proxy proxy,
      LiveRoutes routes,
      List<Endpoint> endpoints,
      Callers callers,
      Traces traces,
      Cors cors,
      MessageBodyHandlerRegistry writers,
      GatewaySettings settings,
      @Value("${endpoints.all.port:-1}") int managementPort,
      @Value("${tollgate.operator.port:-1}") int operatorPort) {
    this.gate = gate;
    this.proxy = proxy;
    this.routes = routes;
    this.endpoints = List.copyOf(endpoints);
    this.callers = callers;
    this.traces = traces;
    this.cors = cors;
    this.writers = writers;
    this.httpHostnames = hostnames(settings.httpHostnames());
    this.httpsHostnames = hostnames(settings.httpsHostnames());
    this.managementPort = managementPort;
    this.operatorPort = operatorPort;
    serving.onChange(routes::update);
  }

  /** Before Micronaut looks the request up among the runtime's own pages and APIs. */
  @PreMatching
  @RequestFilter
  CompletionStage<Optional<HttpResponse<?>>> filter(HttpRequest<?> request) {
    return upgrades(request) ? GO_ON : gated(request);
  }

  /** WebSockets, which Micronaut leads past the filters that come before. */
  @RequestFilter
  CompletionStage<Optional<HttpResponse<?>>> filterUpgrade(HttpRequest<?> request) {
    return upgrades(request) ? gated(request) : GO_ON;
  }

  /** Just what Micronaut takes for a WebSocket: each request must pass one of the two, and once. */
  private static boolean upgrades(HttpRequest<?> request) {
    if (!(request instanceof NettyHttpRequest<?> netty)) {
      return request.getHeaders().contains("Upgrade");
    }
    var headers = netty.getNativeRequest().headers();
    return headers.containsValue("Connection", "Upgrade", true)
        && headers.containsValue("Upgrade", "websocket", true);
  }

  private CompletionStage<Optional<HttpResponse<?>>> gated(HttpRequest<?> request) {
    if (managed(request)) {
      return GO_ON;
    }
    var rules = cors.rules(request);
    if (rules == null) {
      return GrpcAnswers.wanted(request)
          ? answer(request).thenApply(answer -> answer.map(GrpcAnswers::of))
          : answer(request);
    }
    return Cors.preflight(request)
        ? now(Cors.answer(rules, request))
        : answer(request)
            .thenApply(answer -> answer.map(given -> Cors.readable(rules, request, given)));
  }

  private CompletionStage<Optional<HttpResponse<?>>> answer(HttpRequest<?> request) {
    var path = RequestTarget.of(request).path();
    var broken = RequestRules.broken(request, path);
    if (broken != null) {
      return now(ProblemResponses.of(broken, ""));
    }
    var host = Objects.requireNonNullElse(request.getHeaders().get("Host"), "");
    if (!HostNames.has(request.isSecure() ? httpsHostnames : httpHostnames, host)) {
      return now(misdirected(host));
    }
    var found = routes.table().find(host, request.getMethodName(), path);
    var route = found.route();
    var generous = PathReading.generous(path);
    if (route != null
        && !generous.equals(path)
        && routes.table().find(host, request.getMethodName(), generous).route() != route) {
      return now(ProblemResponses.of(RequestRules.twoRoutes(), ""));
    }
    if (route != null && route.builtin() && PackedBodies.has(request)) {
      return now(unpackedOnly());
    }
    if (route == null) {
      return found.allowed().isEmpty()
          ? elsewhere(request, path)
          : now(notAllowed(String.join(", ", found.allowed())));
    }
    var trace = traces.begin(request, route, route.view().path());
    return gate.admit(
            new Gate.Asked(
                route,
                request.getHeaders().get("Authorization"),
                callers.of(request).network(),
                trace))
        .thenCompose(verdict ->
            switch (verdict) {
              case Verdict.Stopped stopped -> {
                if (trace != null) {
                  trace.refused(stopped.problem().status(), stopped.problem().type());
                }
                yield now(
                    ResponseHeaders.limits(
                        ProblemResponses.of(stopped.problem(), ""), stopped.decision()));
              }
              case Verdict.Passed passed -> pass(request, route, passed.admission());
            });
  }

  private static CompletionStage<Optional<HttpResponse<?>>> now(HttpResponse<?> response) {
    return CompletableFuture.completedFuture(Optional.of(response));
  }

  /** What no route matches is a product line's, or the runtime's own pages and APIs answer. */
  private CompletionStage<Optional<HttpResponse<?>>> elsewhere(
      HttpRequest<?> request, String path) {
    for (var endpoint : endpoints) {
      if (endpoint.serves(path)) {
        return endpoint.serve(request).thenApply(Optional::of);
      }
    }
    if (GrpcAnswers.wanted(request)) {
      return now(noService(path));
    }
    return PackedBodies.has(request) ? now(unpackedOnly()) : GO_ON;
  }

  private CompletionStage<Optional<HttpResponse<?>>> pass(
      HttpRequest<?> request, LiveRoute route, Admission admission) {
    var trace = admission.trace();
    if (trace != null) {
      trace.admitted(admission.principal(), admission.id());
    }
    if (!route.builtin()) {
      return proxy.forward(request, route, admission).thenApply(Optional::of);
    }
    request.setAttribute(ADMISSION, admission);
    request.setAttribute(
        BuiltinCaller.ATTRIBUTE,
        new BuiltinCaller(admission.principal(), gate::plansWith, admission::received));
    admission.received(Math.max(0, request.getContentLength()));
    return GO_ON;
  }

  /** Counts the answer of a built-in product, and lets scripts read what controllers answer. */
  @ResponseFilter
  void answered(HttpRequest<?> request, HttpResponse<?> response) {
    var admission = request.getAttribute(ADMISSION, Admission.class).orElse(null);
    if (admission != null) {
      count(request, response, admission);
    }
    var rules = managed(request) ? null : cors.rules(request);
    if (rules != null) {
      Cors.readable(rules, request, response);
    }
  }

  private void count(HttpRequest<?> request, HttpResponse<?> response, Admission admission) {
    if (response instanceof MutableHttpResponse<?> open
        && request instanceof NettyHttpRequest<?> own) {
      ResponseHeaders.add(open, admission);
      CountedBody.attach(open, admission, CallerStreams.gone(own), writers);
    } else {
      admission.end(response.code() < 500 ? Outcome.COMPLETE : Outcome.FAILED, response.code());
    }
  }

  /** Whether a request came to a port where the platform is among itself. */
  private boolean managed(HttpRequest<?> request) {
    var port = request.getServerAddress().getPort();
    return port == managementPort || port == operatorPort;
  }

  private static Set<String> hostnames(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(name -> name.strip().toLowerCase(Locale.ROOT))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static HttpResponse<?> misdirected(String host) {
    return ProblemResponses.of(
        Problem.of(
            421,
            "misdirected",
            "Misdirected request",
            "This gateway does not answer for the host " + HostNames.name(host) + "."),
        "");
  }

  private static HttpResponse<?> noService(String path) {
    return ProblemResponses.of(
        Problem.of(404, "not-found", "Not found", "There is no " + path + " here."), "");
  }

  private static HttpResponse<?> unpackedOnly() {
    return ProblemResponses.of(PackedBodies.REFUSED, "");
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
}

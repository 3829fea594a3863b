package dev.tollgate.ai.route;

import dev.tollgate.ai.prompt.PromptException;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.ProtocolLimits;
import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Use;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageMeter;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.view.GuardrailView;
import dev.tollgate.crd.view.ModelPriceView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.Gate;
import dev.tollgate.gateway.admission.Gate.Verdict;
import dev.tollgate.gateway.admission.OwnApiLimits;
import dev.tollgate.gateway.admission.Trace;
import dev.tollgate.gateway.body.PackedBodies;
import dev.tollgate.gateway.caller.CallerStreams;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.entry.Endpoint;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way in for calls to models, in the protocols that clients speak: authenticate, read, find the
 * model, admit, and hand over to a {@link ModelExchange}. Errors are in the client's protocol.
 */
@Singleton
final class ModelEndpoint implements Endpoint {

  private static final String PROMPTS = "/v1/prompts/";
  private static final String RUN = "/run";

  /** Far more than any limit has, and no sum of it overflows. */
  private static final long MOST_RESERVED = Integer.MAX_VALUE;

  /**
   * Where the protocols have paths that have no meaning here, which answer as the protocols do:
   * their clients do not show what else comes.
   */
  private static final List<String> NOT_SERVED =
      List.of(
          "/api/",
          "/v1/messages/",
          "/v1/complete",
          "/v1/chat/completions/",
          "/v1/responses/",
          "/v1/moderations",
          "/v1/images/",
          "/v1/audio/",
          "/v1/files",
          "/v1/batches",
          "/v1/assistants",
          "/v1/threads",
          "/v1/vector_stores",
          "/v1/fine_tuning/");

  private static final String COUNT_TOKENS = "/v1/messages/count_tokens";

  private final ModelRoutes routes;
  private final Authenticator authenticator;
  private final Callers callers;
  private final Gate gate;
  private final ModelParts parts;
  private final Serving serving;
  private final ModelLists lists;
  private final PromptedRequests prompts;
  private final ModelSettings settings;
  private final HeldBodies bodies;
  private final OwnApiLimits own;

  ModelEndpoint(
      ModelRoutes routes,
      Authenticator authenticator,
      Callers callers,
      Gate gate,
      ModelParts parts,
      Serving serving,
      ModelLists lists,
      PromptedRequests prompts,
      ModelSettings settings,
      HeldBodies bodies,
      OwnApiLimits own) {
    this.routes = routes;
    this.authenticator = authenticator;
    this.callers = callers;
    this.gate = gate;
    this.parts = parts;
    this.serving = serving;
    this.lists = lists;
    this.prompts = prompts;
    this.settings = settings;
    this.bodies = bodies;
    this.own = own;
  }

  @Override
  public boolean serves(String path) {
    return routes.any()
        && (Dialect.of(path) != null
            || lists.serves(path)
            || path.equals(COUNT_TOKENS)
            || path.equals(ModelLists.SHOW)
            || NOT_SERVED.stream().anyMatch(path::startsWith)
            || promptOf(path) != null);
  }

  @Override
  public CompletionStage<HttpResponse<?>> serve(HttpRequest<?> received) {
    var request = (NettyHttpRequest<?>) received;
    var path = request.getPath();
    var list = lists.serves(path);
    var show = path.equals(ModelLists.SHOW);
    var count = path.equals(COUNT_TOKENS);
    var spoken = count ? Dialect.AnthropicMessages : Dialect.of(path);
    var dialect = spoken != null ? spoken : lists.dialect(request);
    if (spoken == null && !list && !show && promptOf(path) == null) {
      return stop(request, dialect, ModelProblems.noPath(path), null);
    }
    var allowed = list ? "GET" : "POST";
    if (!request.getMethodName().equals(allowed)) {
      return stop(request, dialect, ModelProblems.methodNotAllowed(allowed), null);
    }
    if (!list && PackedBodies.has(request)) {
      return stop(request, dialect, PackedBodies.REFUSED, null);
    }
    return authenticator
        .authenticate(credentials(request), callers.of(request).network())
        .thenCompose(outcome ->
            switch (outcome) {
              case Authentication.Refused refused ->
                  stop(request, dialect, refused.problem(), null);
              case Authentication.Granted granted -> {
                var principal = granted.principal();
                // others are refused where their route is known
                var suspended = list || show ? Gate.suspended(principal) : null;
                if (suspended != null) {
                  yield stop(request, dialect, gate.refused(principal.tenant(), suspended), null);
                }
                if (!list && !count && !show) {
                  yield body(
                      request,
                      dialect,
                      principal,
                      (body, held) -> call(request, dialect, principal, body, held));
                }
                yield free(
                    request,
                    dialect,
                    principal,
                    () ->
                        list
                            ? list(request, dialect, principal)
                            : body(
                                request,
                                dialect,
                                principal,
                                (body, _) ->
                                    show
                                        ? show(request, dialect, principal, body)
                                        : count(request, dialect, principal, body)));
              }
            });
  }

  /** What is not metered is limited all the same. */
  private CompletionStage<HttpResponse<?>> free(
      NettyHttpRequest<?> request,
      Dialect dialect,
      Principal principal,
      Supplier<CompletionStage<HttpResponse<?>>> answer) {
    return own.ask(principal.tenant())
        .thenCompose(asked ->
            switch (asked) {
              case OwnApiLimits.Asked.Let let ->
                  answer.get().whenComplete((response, failure) -> own.end(let));
              case OwnApiLimits.Asked.Refused refused ->
                  stop(request, dialect, refused.problem(), refused.decision());
            });
  }

  private CompletionStage<HttpResponse<?>> list(
      NettyHttpRequest<?> request, Dialect dialect, Principal principal) {
    try {
      return lists.opens(principal, routes)
          ? CompletableFuture.completedFuture(lists.list(request, principal, routes))
          : noModels(request, dialect, principal);
    } catch (BadModelRequest e) {
      return stop(request, dialect, ModelProblems.bad(e.getMessage(), "" + e.param()), null);
    }
  }

  private CompletionStage<HttpResponse<?>> noModels(
      NettyHttpRequest<?> request, Dialect dialect, Principal principal) {
    var missing = Gate.missingScope(Use.MODELS.scope());
    return stop(request, dialect, gate.refused(principal.tenant(), missing), null);
  }

  /** Ollama's show: what is known of one model. */
  private CompletionStage<HttpResponse<?>> show(
      NettyHttpRequest<?> request, Dialect dialect, Principal principal, byte[] body) {
    try {
      return lists.opens(principal, routes)
          ? CompletableFuture.completedFuture(lists.show(body, principal, routes))
          : noModels(request, dialect, principal);
    } catch (BadModelRequest e) {
      return stop(request, dialect, ModelProblems.bad(e.getMessage(), "" + e.param()), null);
    }
  }

  /** The prompt that a path runs; null when it is another path. */
  private static @Nullable String promptOf(String path) {
    return path.startsWith(PROMPTS)
            && path.endsWith(RUN)
            && path.length() > PROMPTS.length() + RUN.length()
        ? path.substring(PROMPTS.length(), path.length() - RUN.length())
        : null;
  }

  /** Anthropic's clients send the key in a header of its own. */
  private static @Nullable String credentials(HttpRequest<?> request) {
    var authorization = request.getHeaders().get("Authorization");
    var key = request.getHeaders().get("x-api-key");
    return authorization == null && key != null ? "Bearer " + key : authorization;
  }

  private CompletionStage<HttpResponse<?>> body(
      NettyHttpRequest<?> request,
      Dialect dialect,
      Principal principal,
      BiFunction<byte[], HeldBodies.Held, CompletionStage<HttpResponse<?>>> answer) {
    var held = bodies.of(principal.tenant().tenantId());
    var most = Math.min(settings.maxRequestBytes(), routes.mostRequestBytes());
    return WholeBody.read(request.byteBody(), most, held::grow)
        .handle((body, failure) ->
            body == null ? stop(request, dialect, unread(failure), null) : answer.apply(body, held))
        .thenCompose(response -> response)
        .whenComplete((response, failure) -> held.closeUnlessKept())
        .thenCompose(response -> unlessGone(request, response));
  }

  /** Nobody waits for the answer of a caller who has gone, and with HTTP/2 it cannot be written. */
  private static CompletionStage<HttpResponse<?>> unlessGone(
      NettyHttpRequest<?> request, HttpResponse<?> answer) {
    return CallerStreams.gone(request).isDone()
        ? new CompletableFuture<>()
        : CompletableFuture.completedFuture(answer);
  }

  private static Problem unread(Throwable failure) {
    return switch (failure instanceof CompletionException ? failure.getCause() : failure) {
      case WholeBody.TooLarge large -> ModelProblems.tooLarge(large.most());
      case HeldBodies.Full full -> ModelProblems.full(full.ofTenant());
      case null, default -> ModelProblems.bad("The body broke off before its end.", "null");
    };
  }

  /**
   * Anthropic's count_tokens: an estimate, which costs nothing, for whom a call would not be
   * refused. A prompt that is too long for a call is counted too, since that is what the caller may
   * ask for.
   */
  private CompletionStage<HttpResponse<?>> count(
      NettyHttpRequest<?> request, Dialect dialect, Principal principal, byte[] body) {
    try {
      var read = ModelRequest.readToCount(body, ProtocolLimits.defaults());
      var noPrompts = read.prompt() == null ? null : noPrompts(principal);
      if (noPrompts != null) {
        return stop(request, dialect, gate.refused(principal.tenant(), noPrompts), null);
      }
      var ask = prompts.count(principal, read);
      var route = routes.of(ask.model());
      if (route == null) {
        return stop(request, dialect, ModelProblems.noModel(ask.model()), null);
      }
      var tenant = principal.tenant();
      var unsold = unsold(ask, currentPrice(route), tenant.plan());
      var forbidden =
          unsold != null ? unsold : gate.forbidden(route.view(), route.use(), principal);
      if (forbidden != null) {
        return stop(request, dialect, gate.refused(route, tenant, forbidden), null);
      }
      return CompletableFuture.completedFuture(lists.count(request, ask.promptTokens()));
    } catch (BadModelRequest e) {
      return stop(request, dialect, ModelProblems.bad(e.getMessage(), "" + e.param()), null);
    } catch (PromptException e) {
      return stop(request, dialect, e.problem(), null);
    }
  }

  private CompletionStage<HttpResponse<?>> call(
      NettyHttpRequest<?> request,
      Dialect dialect,
      Principal principal,
      byte[] body,
      HeldBodies.Held held) {
    PromptedRequests.Prompted prompted;
    var run = promptOf(request.getPath());
    var noPrompts = noPrompts(principal);
    try {
      if (run != null) {
        if (noPrompts != null) {
          return stop(request, dialect, gate.refused(principal.tenant(), noPrompts), null);
        }
        prompted = prompts.run(principal, run, body);
      } else {
        var chat = ModelRequest.read(dialect, body);
        if (chat.prompt() != null && noPrompts != null) {
          return stop(request, dialect, gate.refused(principal.tenant(), noPrompts), null);
        }
        prompted = prompts.chat(principal, chat);
      }
    } catch (BadModelRequest e) {
      return stop(request, dialect, ModelProblems.bad(e.getMessage(), "" + e.param()), null);
    } catch (PromptException e) {
      return stop(request, dialect, e.problem(), null);
    }
    var ask = prompted.request();
    var route = routes.of(ask.model());
    if (route == null) {
      return stop(request, dialect, ModelProblems.noModel(ask.model()), null);
    }
    var trace = parts.traces().begin(request, route, request.getPath());
    var price = currentPrice(route);
    var forbidden = forbidden(ask, route, price, principal.tenant().plan(), body.length);
    if (forbidden != null) {
      return refuse(
          request, dialect, gate.refused(route, principal.tenant(), forbidden), null, trace);
    }
    var in = input(ask);
    var out = output(ask, route.view().guardrails());
    var estimate = new Amounts(route.weight(), 0, 0, in, out, TokenPrices.most(price, in, out));
    var asked = new Gate.Asked(route, null, callers.of(request).network(), trace);
    return gate.admit(asked, principal, estimate)
        .thenCompose(verdict ->
            switch (verdict) {
              case Verdict.Stopped stopped ->
                  refuse(request, dialect, stopped.problem(), stopped.decision(), trace);
              case Verdict.Passed passed -> {
                var admission = passed.admission();
                held.keepUntilEndOf(admission);
                if (trace != null) {
                  trace.admitted(principal, admission.id());
                }
                admission.received(body.length);
                yield new Screening(
                        parts,
                        new ModelTask(
                            request,
                            ask,
                            route,
                            admission,
                            price,
                            prompted.use(),
                            null,
                            most(ask, price, admission)))
                    .start();
              }
            });
  }

  /** Why a caller may not name prompts in calls; null when it may. */
  private static @Nullable Problem noPrompts(Principal principal) {
    var suspended = Gate.suspended(principal);
    return suspended != null ? suspended : Gate.missing(principal, null, Use.PROMPTS);
  }

  /**
   * Tokens of the prompt at most: rather too many, since what is too many is given back at the end.
   * Vocabularies have two bytes and more a token in any language, and some tokens go before each
   * message.
   */
  private static long input(ModelRequest ask) {
    return Math.ceilDiv(ask.promptBytes(), 2)
        + 8L * (ask.messages() + 1)
        + ask.imageTokens()
        + ask.fileTokens();
  }

  /** The most tokens that may be answered with. */
  private long output(ModelRequest ask, GuardrailView guardrails) {
    if (ask.dialect().embedding()) {
      return 0;
    }
    var wanted = ask.maxTokens() == null ? settings.reserveOutputTokens() : ask.maxTokens();
    var each = Math.min(Math.min(wanted, guardrails.maxOutputTokens()), MOST_RESERVED);
    return Math.min(each * ask.n(), MOST_RESERVED);
  }

  /**
   * What is reserved for the answer of a client that sets no bound is all that it gets where
   * something is counted by it, so that calls that run at once cannot overspend.
   */
  private long most(ModelRequest ask, @Nullable ModelPriceView price, Admission admission) {
    var depends =
        admission.counts(UsageMeter.TOKENS)
            || (price != null && admission.counts(UsageMeter.MONEY));
    return depends && ask.maxTokens() == null && !ask.dialect().embedding()
        ? settings.reserveOutputTokens()
        : Long.MAX_VALUE;
  }

  private @Nullable Problem forbidden(
      ModelRequest ask,
      LiveModelRoute route,
      @Nullable ModelPriceView price,
      PlanView plan,
      long bytes) {
    var unsold = unsold(ask, price, plan);
    if (unsold != null) {
      return unsold;
    }
    var guardrails = route.view().guardrails();
    if (bytes > guardrails.maxRequestBytes()) {
      return ModelProblems.tooLarge(guardrails.maxRequestBytes());
    }
    var tokens = ask.promptTokens();
    if (tokens > guardrails.maxPromptTokens()) {
      return ModelProblems.promptTooLong(tokens, guardrails.maxPromptTokens());
    }
    return null;
  }

  /** Why a plan does not sell the model; null when it does. */
  private @Nullable Problem unsold(
      ModelRequest ask, @Nullable ModelPriceView price, PlanView plan) {
    if (!lists.allows(plan, ask.model())) {
      return ModelProblems.notInPlan(ask.model(), plan.name(), plansWith(ask.model()));
    }
    if (price != null && plan.currency() != null && !plan.currency().equals(price.currency())) {
      return ModelProblems.otherCurrency(ask.model(), price.currency(), plan.currency());
    }
    return null;
  }

  private static @Nullable ModelPriceView currentPrice(LiveModelRoute route) {
    return TokenPrices.at(route.view().prices(), System.currentTimeMillis());
  }

  private List<String> plansWith(String model) {
    return serving.current().shared().plans().values().stream()
        .filter(plan -> lists.allows(plan, model))
        .map(PlanView::name)
        .sorted()
        .toList();
  }

  private CompletionStage<HttpResponse<?>> refuse(
      NettyHttpRequest<?> request,
      Dialect dialect,
      Problem problem,
      @Nullable Decision decision,
      @Nullable Trace trace) {
    if (trace != null) {
      trace.refused(problem.status(), problem.type());
    }
    return stop(request, dialect, problem, decision);
  }

  private CompletionStage<HttpResponse<?>> stop(
      NettyHttpRequest<?> request, Dialect dialect, Problem problem, @Nullable Decision decision) {
    return CompletableFuture.completedFuture(
        parts.answers().problem(request, dialect, problem, decision));
  }
}

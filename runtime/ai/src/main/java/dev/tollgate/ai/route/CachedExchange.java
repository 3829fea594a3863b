package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.AnswerKey;
import dev.tollgate.ai.cache.CachedAnswer;
import dev.tollgate.ai.cache.Flights;
import dev.tollgate.ai.cache.RouteCache;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.ModelCall.Source;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Admission.ModelUse;
import dev.tollgate.gateway.caller.CallerStreams;
import io.micronaut.http.HttpResponse;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One admitted call on a route that keeps answers: it is answered from what was kept, or by the
 * model, or, when it is not streamed, by the answer to an equal call that is under way. When that
 * one has no answer, one of those that wait asks the model, and the others wait for it. Each waits
 * only until its own deadline, and on the event loop of its client's connection.
 */
final class CachedExchange {

  private static final int CLIENT_GONE = 499;

  private final ModelParts parts;
  private final ModelTask task;
  private final RouteCache cache;
  private final AnswerKey key;
  private final Future<Void> callerGone;
  private final CallLoop loop;
  private final CompletableFuture<HttpResponse<?>> result = new CompletableFuture<>();
  private final FutureListener<Void> disconnect;
  private Flights.@Nullable Place waitsFor;
  private @Nullable Future<?> deadline;

  CachedExchange(ModelParts parts, ModelTask task, RouteCache cache, AnswerKey key) {
    this.parts = parts;
    this.task = task;
    this.cache = cache;
    this.key = key;
    this.callerGone = CallerStreams.gone(task.request());
    this.loop = new CallLoop(task, this::fault);
    this.disconnect = closed -> loop.execute(this::gone);
  }

  CompletionStage<HttpResponse<?>> start() {
    var kept = cache.find(key);
    if (kept != null) {
      return CompletableFuture.completedFuture(hit(kept));
    }
    if (task.ask().stream()) {
      return ask();
    }
    loop.execute(this::board);
    return result;
  }

  private CompletionStage<HttpResponse<?>> ask() {
    cache.missed();
    return new ModelExchange(parts, task).start();
  }

  // ---- equal calls that run at once

  private void board() {
    var place = cache.board(key);
    if (place == null) {
      pass(ask());
    } else if (place.leads()) {
      lead(place);
    } else {
      await(place);
    }
  }

  private void lead(Flights.Place place) {
    try {
      var kept = cache.find(key); // it may have come since
      var answer =
          kept == null ? ask() : CompletableFuture.<HttpResponse<?>>completedFuture(hit(kept));
      pass(answer.whenComplete((response, failure) -> place.ended()));
    } catch (RuntimeException fault) {
      place.ended();
      throw fault;
    }
  }

  private void await(Flights.Place place) {
    waitsFor = place;
    task.admission().streams();
    var _ = callerGone.addListener(disconnect);
    deadline = loop.schedule(this::tooLate, task.admission().deadline() - System.nanoTime());
    var _ =
        place
            .landing()
            .whenComplete((answer, failure) -> loop.execute(() -> landed(place, answer)));
  }

  private void landed(Flights.Place place, Optional<CachedAnswer> answer) {
    if (!place.equals(waitsFor)) {
      return;
    }
    leave(place);
    if (answer.isPresent()) {
      result.complete(hit(answer.get()));
    } else {
      board();
    }
  }

  private void tooLate() {
    var place = waitsFor;
    if (place != null) {
      leave(place);
      end(Outcome.FAILED, ModelProblems.tooLate(task.route().view()));
    }
  }

  private void gone() {
    var place = waitsFor;
    if (place != null) {
      leave(place);
      new Settlement(task).end(Outcome.PARTIAL, CLIENT_GONE, ModelCall.CLIENT_GONE);
      // nobody reads it, but whoever waits for it must not wait for ever
      result.complete(parts.answers().problem(task, ModelProblems.noBackend(task.route().view())));
    }
  }

  private void leave(Flights.Place place) {
    waitsFor = null;
    place.left();
    var timer = deadline;
    if (timer != null) {
      var _ = timer.cancel(false);
    }
    var _ = callerGone.removeListener(disconnect);
  }

  private void end(Outcome outcome, Problem problem) {
    new Settlement(task).end(outcome, problem.status(), problem.type());
    result.complete(parts.answers().problem(task, problem));
  }

  private void pass(CompletionStage<HttpResponse<?>> answer) {
    var _ =
        answer.whenComplete((response, failure) -> {
          if (response != null) {
            result.complete(response);
          } else {
            result.completeExceptionally(failure);
          }
        });
  }

  private void fault() {
    end(Outcome.FAILED, ModelProblems.fault());
  }

  // ---- answers that were kept

  /** The tokens are on the bill as they were, and a share of what they cost. */
  private HttpResponse<?> hit(CachedAnswer kept) {
    cache.hit();
    var usage = kept.usage();
    var admission = task.admission();
    var nanos = System.nanoTime() - admission.began();
    var cost = cache.cost(TokenPrices.cost(task.price(), usage));
    admission.sent(kept.body().length);
    admission.used(
        new ModelUse(
            usage.input(),
            usage.output(),
            cost,
            task.call(
                "cache",
                usage.estimated() ? Source.ESTIMATED : Source.PROVIDER,
                usage,
                nanos,
                "")));
    admission.end(Outcome.COMPLETE, 200);
    task.route()
        .modelMeters()
        .of(admission.principal().tenant().name(), task.ask().model(), "cache")
        .ended(nanos, nanos, 0, usage.input(), usage.output(), cost);
    return parts.answers().kept(task, kept.body());
  }
}

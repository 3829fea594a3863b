package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.CacheRequest;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import io.micronaut.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes between the admission of a call and the first backend: the route's guardrails, which
 * may refuse or mask it, and the answers that are kept. It comes after the admission, so that
 * limits hold for what it costs.
 */
final class Screening {

  private static final Logger LOG = LoggerFactory.getLogger(Screening.class);

  private final ModelParts parts;
  private final ModelTask task;

  Screening(ModelParts parts, ModelTask task) {
    this.parts = parts;
    this.task = task;
  }

  CompletionStage<HttpResponse<?>> start() {
    var guard = task.route().guard();
    if (guard.passesRequests() && task.most() == Long.MAX_VALUE) {
      return answer(task);
    }
    if (!guard.slow(task.ask())) {
      return screen();
    }
    return CompletableFuture.supplyAsync(this::screen).thenCompose(Function.identity());
  }

  private CompletionStage<HttpResponse<?>> screen() {
    var guard = task.route().guard();
    try {
      var denial = guard.denial(task.ask());
      return denial == null
          ? answer(task.with(guard.changed(task.ask(), task.most())))
          : refuse(ModelProblems.denied(denial));
    } catch (BadModelRequest e) {
      return refuse(ModelProblems.bad(e.getMessage(), String.valueOf(e.param())));
    } catch (RuntimeException fault) {
      LOG.error(
          "Guardrails of model route {} failed for call {}",
          task.route().name(),
          task.admission().id(),
          fault);
      return refuse(ModelProblems.fault());
    }
  }

  private CompletionStage<HttpResponse<?>> refuse(Problem problem) {
    new Settlement(task)
        .end(
            problem.status() < 500 ? Outcome.COMPLETE : Outcome.FAILED,
            problem.status(),
            problem.type());
    return CompletableFuture.completedFuture(parts.answers().problem(task, problem));
  }

  private CompletionStage<HttpResponse<?>> answer(ModelTask screened) {
    var cache = screened.route().cache();
    if (cache == null) {
      return new ModelExchange(parts, screened).start();
    }
    var wanted = CacheRequest.of(screened.request().getHeaders().getAll("Cache-Control"));
    if (!wanted.store()) {
      return new ModelExchange(parts, screened).start();
    }
    List<String> features = new ArrayList<>();
    ModelAttempt.forEachFeature(
        screened.request(), (name, value) -> features.add(name + ": " + value));
    var key =
        cache.key(screened.admission().principal().tenant().tenantId(), screened.ask(), features);
    var keyed = screened.keyed(key);
    if (wanted.fresh()) {
      cache.missed();
      return new ModelExchange(parts, keyed).start();
    }
    return new CachedExchange(parts, keyed, cache, key).start();
  }
}

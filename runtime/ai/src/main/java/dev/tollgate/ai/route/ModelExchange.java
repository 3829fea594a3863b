package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.StreamFault;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.WholeResponse;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.gateway.caller.CallerStreams;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

/**
 * One admitted call on its way to a backend and back. Until the first content has gone out another
 * backend can take the place of one that fails; after it a failure is told in the stream. Whatever
 * happens, the admission ends exactly once. Everything happens on the event loop of the client's
 * connection.
 */
final class ModelExchange implements Tries.Caller, AnswerStream.Source, ResponseSink {

  private static final Logger LOG = LoggerFactory.getLogger(ModelExchange.class);
  private static final int MAX_ERROR_BYTES = 64 << 10;
  private static final int CLIENT_GONE = 499;

  private final ModelParts parts;
  private final ModelTask task;
  private final ModelRouteView view;
  private final CallLoop loop;
  private final Future<Void> callerGone;
  private final FutureListener<Void> disconnect = closed -> gone();
  private final ClientSide client;
  private final Settlement settlement;
  private final Tries tries;
  private final AnswerReading reading;
  private @Nullable ModelAttempt current;
  private boolean content;
  private boolean completed;
  private boolean draining;
  private boolean done;
  private @Nullable Future<?> watching;

  ModelExchange(ModelParts parts, ModelTask task) {
    this.parts = parts;
    this.task = task;
    this.view = task.route().view();
    this.callerGone = CallerStreams.gone(task.request());
    this.loop = new CallLoop(task, this::fault);
    this.settlement = new Settlement(task);
    this.tries = new Tries(parts, task, loop, settlement, this);
    this.reading = new AnswerReading(task, this);
    this.client = new ClientSide(parts.answers(), task, this);
  }

  CompletionStage<HttpResponse<?>> start() {
    loop.execute(() -> {
      var _ = callerGone.addListener(disconnect);
      task.admission().streams();
      tries.next();
      watch();
    });
    return client.result();
  }

  private void fault() {
    release();
    fail(ModelProblems.fault());
  }

  // ---- asking backends

  @Override
  public void turn(ModelAttempt attempt, byte[] body) {
    current = attempt;
    settlement.sends();
    attempt.send(
        task.request().byteBodyFactory().adapt(body),
        response -> loop.execute(() -> answered(attempt, response)),
        failure -> loop.execute(() -> failed(attempt, failure)));
  }

  private void answered(ModelAttempt attempt, ByteBodyHttpResponse<?> response) {
    if (current != attempt) {
      response.close();
      return;
    }
    attempt.heard();
    var status = response.code();
    if (status >= 300) {
      var retryAfter = response.getHeaders().get("Retry-After");
      var _ =
          WholeBody.read(response.byteBody(), MAX_ERROR_BYTES)
              .exceptionally(tooLarge -> new byte[0])
              .thenAccept(body -> loop.execute(() -> refused(attempt, status, retryAfter, body)));
      return;
    }
    var exchange =
        Exchange.of(task.ask(), attempt.dialect(), task.admission().id(), InstantSource.system());
    if (task.ask().stream()) {
      var reader = reading.stream(exchange);
      attempt.reader = reader;
      settlement.reads(reader);
      Flux.from(response.byteBody().move().toReadBufferPublisher())
          .subscribe(new ModelAttempt.Reading(attempt, loop, this::read, this::streamEnd));
      return;
    }
    var _ =
        WholeBody.read(response.byteBody(), exchange.limits().answerBytes())
            .whenComplete((body, failure) ->
                loop.execute(() -> {
                  if (body == null) {
                    failed(attempt, failure);
                  } else {
                    whole(attempt, exchange, body);
                  }
                }));
  }

  private void refused(ModelAttempt attempt, int status, @Nullable String retryAfter, byte[] body) {
    if (current != attempt) {
      return;
    }
    attempt.span(status);
    attempt.ended();
    release();
    var error = UpstreamError.read(body);
    var same = attempt.dialect() == task.ask().dialect();
    var refusal = BackendRefusal.of(attempt.backend(), status, error, retryAfter, same);
    if (refusal.next()) {
      note(attempt, refusal, error);
      next();
    } else {
      fail(refusal.problem());
    }
  }

  private void failed(ModelAttempt attempt, Throwable failure) {
    if (current != attempt) {
      return;
    }
    var unreachable = ModelAttempt.unreachable(failure);
    attempt.backend().failed(unreachable);
    attempt.span(unreachable ? "ConnectFailure" : "Reset");
    if (!unreachable) {
      settlement.promptTaken();
    }
    release();
    tries.failed(
        ModelProblems.failed(
            unreachable ? "cannot be reached" : "broke off before it had answered",
            attempt.backend()));
    next();
  }

  /** Another backend, or the same once more, while nothing of an answer has gone out. */
  private void next() {
    client.forget();
    if (content || draining) {
      tries.giveUp();
    } else {
      tries.again();
    }
  }

  // ---- whole answers

  private void whole(ModelAttempt attempt, Exchange exchange, byte[] body) {
    if (current != attempt) {
      return;
    }
    attempt.ended();
    switch (reading.whole(exchange, body)) {
      case WholeResponse.Complete complete -> {
        attempt.backend().succeeded();
        attempt.span(200);
        settlement.content();
        settlement.usage(complete.usage());
        release();
        task.admission().sent(complete.body().length);
        settle(draining ? Outcome.PARTIAL : Outcome.COMPLETE, draining ? CLIENT_GONE : 200, "");
        answer(parts.answers().whole(task, complete.body()));
      }
      case WholeResponse.Failed error -> {
        settlement.promptTaken();
        attempt.span("error");
        release();
        note(attempt, BackendRefusal.of(attempt.backend(), error.error()), error.error());
        next();
      }
      case WholeResponse.Broken broken -> {
        attempt.backend().failed(false);
        settlement.promptTaken();
        attempt.span("broken");
        release();
        tries.failed(ModelProblems.failed("answered wrongly", attempt.backend()));
        LOG.warn("Backend {}: {}", attempt.backend().view().name(), broken.fault().message());
        next();
      }
    }
  }

  // ---- streams

  private void read(ModelAttempt attempt, ByteBuf bytes) {
    if (current != attempt) {
      return;
    }
    attempt.heard();
    var reader = attempt.reader;
    if (reader != null) {
      reader.feed(bytes);
    }
    if (current == attempt) {
      afterFeed(attempt);
    }
  }

  private void afterFeed(ModelAttempt attempt) {
    if (completed) {
      attempt.ended();
      finishWell();
    } else if (draining || !content || client.idle()) {
      attempt.ask();
    }
  }

  private void streamEnd(ModelAttempt attempt, @Nullable Throwable failure) {
    if (current != attempt) {
      return;
    }
    attempt.ended();
    var reader = attempt.reader;
    // where the model has said that it is done, nothing of the answer is missing
    if (reader != null && (failure == null || reader.finished())) {
      reader.end();
      if (current == attempt) {
        if (completed) {
          finishWell();
        } else {
          broken(new StreamFault(StreamFault.Kind.Truncated, "the stream ended too early"));
        }
      }
      return;
    }
    broken(new StreamFault(StreamFault.Kind.Truncated, "the connection broke off"));
  }

  @Override
  public void bytes(ByteBuf bytes) {
    if (content && !completed) {
      client.give(bytes);
    } else if (client.hold(bytes) && !completed) {
      firstContent();
    }
  }

  @Override
  public void firstContent() {
    content = true;
    settlement.content();
    var attempt = current;
    if (attempt != null) {
      attempt.backend().succeeded();
    }
    settlement.checkpoint();
    client.begin();
    if (view.silenceTimeout().compareTo(view.firstTokenTimeout()) < 0) {
      stopWatching(); // it would look too late whether the model says nothing more
      watch();
    }
  }

  /** What is still to come of what was fed is kept, until it is on the bill. */
  @Override
  public void completed() {
    completed = true;
    var attempt = current;
    if (attempt != null) {
      attempt.span(200);
    }
  }

  /** Everything is on the bill before the last bytes leave, and they are too. */
  private void finishWell() {
    release();
    client.countHeld();
    settle(draining ? Outcome.PARTIAL : Outcome.COMPLETE, draining ? CLIENT_GONE : 200, "");
    client.begin();
    finishStream();
  }

  @Override
  public void failed(UpstreamError error) {
    var attempt = current;
    if (attempt != null && !completed) {
      settlement.promptTaken();
      attempt.span("Broken");
      release();
      note(attempt, BackendRefusal.of(attempt.backend(), error), error);
      next();
    }
  }

  private void note(ModelAttempt attempt, BackendRefusal refusal, UpstreamError error) {
    tries.failed(refusal.problem());
    if (refusal.failed()) {
      attempt.backend().failed(false);
      LOG.warn(
          "Backend {} of model route {} says: {}",
          attempt.backend().view().name(),
          view.name(),
          error.message());
    }
  }

  @Override
  public void broken(StreamFault fault) {
    LOG.warn(
        "Backend {} of model route {}: {}", settlement.backend(), view.name(), fault.message());
    var attempt = current;
    if (attempt == null || completed) {
      return;
    }
    attempt.backend().failed(false);
    settlement.promptTaken();
    attempt.span("Broken");
    tries.failed(
        ModelProblems.failed(
            fault.kind() == StreamFault.Kind.NoStream
                ? "answered wrongly"
                : "broke off in the middle of its answer",
            attempt.backend()));
    release();
    next();
  }

  private void finishStream() {
    over();
    if (completed) {
      reading.keep(settlement);
    }
    client.complete();
  }

  // ---- ends

  private void over() {
    done = true;
    tries.stop();
    var _ = callerGone.removeListener(disconnect);
  }

  private void answer(HttpResponse<?> response) {
    over();
    client.answer(response);
  }

  @Override
  public void fail(Problem problem) {
    if (done) {
      return;
    }
    client.forget();
    settle(
        draining ? Outcome.PARTIAL : problem.status() < 500 ? Outcome.COMPLETE : Outcome.FAILED,
        draining ? CLIENT_GONE : problem.status(),
        problem.type());
    if (client.begun()) {
      client.tell(problem);
      finishStream();
    } else {
      answer(parts.answers().problem(task, problem));
    }
  }

  private void settle(Outcome outcome, int status, String error) {
    stopWatching(); // it would hold the whole call in memory until it is due
    settlement.end(outcome, status, error);
  }

  private void release() {
    var attempt = current;
    current = null;
    if (attempt != null) {
      attempt.close();
    }
  }

  @Override
  public void wanted() {
    var attempt = current;
    if (attempt != null) {
      attempt.ask();
    }
  }

  /** The client has gone: what is under way is cancelled, or drained for a while. */
  @Override
  public void gone() {
    loop.execute(() -> {
      if (done || draining) {
        return;
      }
      client.left();
      var hungUp = task.onDisconnect();
      if (hungUp.drain() && current != null) {
        draining = true;
        current.ask();
        var _ = loop.schedule(this::cancel, hungUp.atMost().toNanos());
      } else {
        cancel();
      }
    });
  }

  private void cancel() {
    if (done) {
      return;
    }
    over();
    if (current != null) {
      current.span("Disconnected");
      settlement.promptTaken();
    }
    release();
    settle(Outcome.PARTIAL, CLIENT_GONE, ModelCall.CLIENT_GONE);
    client.left();
    // nobody reads it, but whoever waits for it must not wait for ever
    client.answer(parts.answers().problem(task, ModelProblems.noBackend(view)));
  }

  // ---- time

  /** Looks now and then whether something takes too long; one timer a call, not one a token. */
  private void watch() {
    if (done) {
      return;
    }
    var now = System.nanoTime();
    var next = task.admission().deadline();
    if (next - now <= 0) {
      giveUp(ModelProblems.tooLate(view));
      return;
    }
    var attempt = current;
    // an answer that is not streamed comes when all of it is made, for which it has the whole time
    if (attempt != null && !draining && task.ask().stream()) {
      var patience = (content ? view.silenceTimeout() : view.firstTokenTimeout());
      var until = (content ? attempt.lastHeard() : attempt.begun()) + patience.toNanos();
      if (content && !client.idle()) {
        until = now + patience.toNanos(); // it is the client who is slow
      }
      if (until - now <= 0) {
        tooSilent(attempt, patience.toMillis());
        if (done) {
          return;
        }
        until = now + patience.toNanos();
      }
      next = earlier(next, until);
    }
    if (task.ask().stream() && !draining) {
      next = earlier(next, client.heartbeat(now, view.heartbeat().toNanos(), content));
    }
    settlement.note();
    watching = loop.schedule(this::watch, Math.max(1_000_000, next - now));
  }

  private void stopWatching() {
    var timer = watching;
    if (timer != null) {
      var _ = timer.cancel(false);
    }
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  private void tooSilent(ModelAttempt attempt, long millis) {
    attempt.backend().failed(false);
    settlement.promptTaken();
    attempt.span("Timeout");
    release();
    tries.failed(
        ModelProblems.late(
            content ? "The model said nothing more" : "The model did not begin to answer", millis));
    if (System.nanoTime() - task.admission().deadline() >= 0) {
      tries.giveUp();
    } else {
      next();
    }
  }

  private void giveUp(Problem problem) {
    if (current != null) {
      current.backend().failed(false);
      settlement.promptTaken();
      current.span("Timeout");
    }
    release();
    fail(problem);
  }
}

package dev.tollgate.gateway.proxy;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.Trace;
import dev.tollgate.gateway.backend.Backend;
import dev.tollgate.gateway.backend.Exchange;
import dev.tollgate.gateway.backend.Failures;
import dev.tollgate.gateway.backend.OnwardRequest;
import dev.tollgate.gateway.caller.CallerStreams;
import dev.tollgate.gateway.caller.Trailers;
import dev.tollgate.gateway.http.Headers;
import dev.tollgate.gateway.http.RequestTarget;
import dev.tollgate.gateway.route.LiveRoute;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.body.CloseableAvailableByteBody;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.opentelemetry.api.trace.Span;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

/**
 * One admitted request on its way to a backend and back, over one or more tries, streaming with
 * back-pressure in both directions. Whatever happens, the admission ends exactly once. Runs on the
 * connection's event loop, except after a wait in the queue, when it runs on the loop of whoever
 * freed the slot.
 */
final class Call {

  private static final Logger LOG = LoggerFactory.getLogger(Call.class);

  /** Methods that may be sent again (RFC 9110, 9.2.2). */
  private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

  private final Proxy proxy;
  private final NettyHttpRequest<?> request;
  private final Admission admission;
  private final LiveRoute route;
  private final @Nullable CacheStep cache;
  private final CompletableFuture<HttpResponse<?>> result = new CompletableFuture<>();
  private final List<Backend> tried = new ArrayList<>(2);
  private final Future<Void> callerGone;
  private final FutureListener<Void> disconnect = closed -> gone();
  private @Nullable CloseableByteBody body;
  private @Nullable CloseableAvailableByteBody replay;
  private @Nullable Upload upload;
  private final AtomicReference<@Nullable Attempt> current = new AtomicReference<>();
  private volatile @Nullable CompletableFuture<Permit> waiting;
  private volatile boolean disconnected;
  private boolean sentOnce;
  private int tries;
  private int renewals;

  /** One try, while nothing has come of it; whoever takes it out of {@code current} ends it. */
  private static final class Attempt {
    final Backend backend;
    final Permit permit;
    final OnwardRequest onward;
    final @Nullable Span span;
    final Exchange exchange;
    final long began = System.nanoTime();
    volatile @Nullable Future<?> timer;

    Attempt(Backend backend, Permit permit, OnwardRequest onward, @Nullable Span span) {
      this.backend = backend;
      this.permit = permit;
      this.onward = onward;
      this.span = span;
      this.exchange = new Exchange(onward, permit);
    }

    /** It has been answered or has failed: the timer is not needed any more. */
    void ended() {
      var running = timer;
      if (running != null) {
        var _ = running.cancel(false);
      }
    }

    long took() {
      return System.nanoTime() - began;
    }
  }

  Call(Proxy proxy, LiveRoute route, NettyHttpRequest<?> request, Admission admission) {
    this.proxy = proxy;
    this.request = request;
    this.callerGone = CallerStreams.gone(request);
    this.admission = admission;
    this.route = route;
    this.cache = CacheStep.of(proxy.cache(), route, request, admission);
  }

  CompletionStage<HttpResponse<?>> start() {
    if (cache != null) {
      var ready = cache.ready();
      if (ready != null) {
        result.complete(ready);
        return result;
      }
    }
    try {
      var _ = callerGone.addListener(disconnect);
      takeBody();
    } catch (RuntimeException e) {
      broken(e);
    }
    return result;
  }

  /** Takes the body over. A small one is kept for another try, so all of it is waited for. */
  private void takeBody() {
    var received = request.byteBody();
    var length = received.expectedLength();
    if (length.orElse(-1) == 0) {
      attempt();
      return;
    }
    var taken = received.move();
    var kept = route.view().retry().attempts() > 0;
    if (taken instanceof CloseableAvailableByteBody whole) {
      received(whole, kept && whole.length() <= proxy.replayBytes());
    } else if (kept && length.orElse(Long.MAX_VALUE) <= proxy.replayBytes()) {
      await(taken);
    } else {
      sentOnce = true;
      admission.streams();
      var coming = new Upload();
      upload = coming;
      body =
          request
              .byteBodyFactory()
              .adapt(
                  coming.follow(
                      Flux.from(taken.toReadBufferPublisher())
                          .doOnNext(b -> admission.received(b.readable()))),
                  length);
      attempt();
    }
  }

  private void received(CloseableAvailableByteBody whole, boolean kept) {
    admission.received(whole.length());
    if (kept) {
      replay = whole;
    } else {
      body = whole;
      sentOnce = true;
    }
    attempt();
  }

  /** Waits for the rest of a small body, no longer than for an answer. */
  private void await(CloseableByteBody coming) {
    var whole = coming.buffer();
    var timer =
        request
            .getChannelHandlerContext()
            .channel()
            .eventLoop()
            .schedule(
                () -> fail(Failures.noBody(route.view().requestTimeout())),
                admission.deadline() - System.nanoTime(),
                TimeUnit.NANOSECONDS);
    var _ =
        whole.whenComplete((body, failure) -> {
          var _ = timer.cancel(false);
          if (disconnected || result.isDone()) {
            if (body != null) {
              body.close();
            }
          } else if (body == null) {
            bodyFailed(failure);
          } else {
            try {
              received(body, true);
            } catch (RuntimeException e) {
              broken(e);
            }
          }
        });
  }

  /** The caller's body failed before any of it was passed on. */
  private void bodyFailed(Throwable failure) {
    var why =
        failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure;
    if (Upload.left(why)) {
      admission.end(Outcome.PARTIAL, 499);
    }
    fail(Failures.badBody(why));
  }

  private void attempt() {
    if (disconnected) {
      return;
    }
    var backend = route.choose(request.getHeaders(), admission.principal().tenant(), tried);
    if (backend == null) {
      failUnlessKept(Failures.noBackend(route.view()));
      return;
    }
    attempt(backend);
  }

  private void attempt(Backend backend) {
    if (disconnected) {
      backend.released();
      return;
    }
    var turn = backend.acquire(admission).toCompletableFuture();
    if (turn.isDone() && !turn.isCompletedExceptionally()) {
      send(backend, turn.resultNow());
      return;
    }
    waiting = turn;
    var _ =
        turn.whenComplete((permit, failure) -> {
          waiting = null;
          if (permit == null) {
            backend.released();
            if (!disconnected) {
              failUnlessKept(Failures.noTurn(failure, route.view(), backend));
            }
            return;
          }
          try {
            send(backend, permit);
          } catch (RuntimeException e) {
            broken(e);
          }
        });
  }

  private void send(Backend backend, Permit permit) {
    var left = admission.deadline() - System.nanoTime();
    if (disconnected || left <= 0) {
      backend.released();
      permit.close();
      if (!disconnected) {
        failUnlessKept(Failures.timeout(route.view(), backend));
      }
      return;
    }
    OnwardRequest onward;
    @Nullable String missing;
    try {
      onward = OnwardRequest.passing(request, proxy.callers().of(request), target(backend));
      onward.of(request);
      if (Trailers.wanted(request)) {
        onward.getHeaders().set("TE", "trailers");
      }
      missing = backend.addHeaders(onward.getHeaders(), proxy.secrets());
      if (cache != null) {
        cache.ask(onward.getHeaders(), backend);
      }
    } catch (RuntimeException e) {
      backend.released();
      permit.close();
      throw e;
    }
    if (missing != null) {
      backend.released();
      permit.close();
      failUnlessKept(Failures.noValue(missing, route.view(), backend));
      return;
    }
    tried.add(backend);
    tries++;
    var attempt = new Attempt(backend, permit, onward, span(backend));
    if (attempt.span == null) {
      Headers.traceparent(onward.getHeaders());
    } else {
      proxy.traces().inject(attempt.span, onward.getHeaders());
    }
    var sent = replay == null ? body : replay.split();
    body = null;
    current.set(attempt);
    attempt.exchange.send(
        backend.client(),
        sent,
        response -> answered(attempt, response),
        failure -> failed(attempt, failure));
    var one = route.view().retry().timeout();
    if (current.get() == attempt) {
      attempt.timer =
          request
              .getChannelHandlerContext()
              .channel()
              .eventLoop()
              .schedule(
                  () -> failed(attempt, new TimeoutException()),
                  one == null ? left : Math.min(left, one.toNanos()),
                  TimeUnit.NANOSECONDS);
    }
    if (disconnected) {
      abandon();
    }
  }

  private @Nullable Span span(Backend backend) {
    var trace = admission.trace();
    return trace == null
        ? null
        : trace.attempt(backend.url(), backend.view().name(), request.getMethodName(), tries - 1);
  }

  private URI target(Backend backend) {
    return backend.target(RequestTarget.of(request));
  }

  private void answered(Attempt attempt, ByteBodyHttpResponse<?> response) {
    if (!current.compareAndSet(attempt, null)) {
      response.close();
      return;
    }
    attempt.ended();
    try {
      passOn(attempt, response);
    } catch (RuntimeException e) {
      response.close();
      attempt.permit.close();
      broken(e);
    }
  }

  private void passOn(Attempt attempt, ByteBodyHttpResponse<?> response) {
    var status = response.code();
    if (attempt.span != null) {
      Trace.answered(attempt.span, status);
    }
    if (status >= 500) {
      attempt.backend.failed(attempt.took(), new Failures.ServerError(status));
    } else {
      attempt.backend.succeeded(attempt.took());
    }
    var next = status >= 400 ? next(Integer.toString(status)) : null;
    if (next != null) {
      response.close();
      attempt.permit.close();
      attempt(next);
      return;
    }
    var stale = cache == null || status < 500 ? null : cache.insteadOfError();
    if (stale != null) {
      response.close();
      attempt.permit.close();
      complete(stale);
      return;
    }
    if (cache != null && status == 304) {
      var stored = cache.notModified(response);
      if (stored != null) {
        response.close();
        attempt.permit.close();
        complete(stored);
        return;
      }
    }
    complete(
        new Answer(request, admission, cache, attempt.permit, attempt.onward)
            .passOn(response, route.view().idleTimeout()));
  }

  private void failed(Attempt attempt, Throwable failure) {
    if (!current.compareAndSet(attempt, null)) {
      return;
    }
    attempt.ended();
    attempt.exchange.giveUp();
    var own =
        upload == null ? null : upload.problem(failure, Failures.within(failure, route.view()));
    if (own != null) {
      uploadFailed(attempt, own);
      return;
    }
    var reason = Failures.reason(failure);
    var next = renewed(attempt, failure);
    if (next == null) {
      attempt.backend.unanswered(attempt.took(), failure);
      next = next(reason);
    } else {
      attempt.backend.released();
    }
    if (attempt.span != null) {
      Trace.failed(attempt.span, reason);
    }
    if (next != null) {
      try {
        attempt(next);
      } catch (RuntimeException e) {
        broken(e);
      }
      return;
    }
    failUnlessKept(Failures.of(failure, route.view(), attempt.backend));
  }

  /**
   * A try failed by its caller's doing: neither the circuit breaker nor a retry has to do with it.
   */
  private void uploadFailed(Attempt attempt, Problem problem) {
    attempt.backend.released();
    if (attempt.span != null) {
      Trace.failed(attempt.span, "RequestBody");
    }
    if (upload != null && upload.abandoned()) {
      admission.end(Outcome.PARTIAL, 499);
    }
    fail(problem);
  }

  /** Fails, unless a stale answer is kept that may stand in for the one that no backend gives. */
  private void failUnlessKept(Problem problem) {
    var stale = cache == null ? null : cache.insteadOfError();
    if (stale == null) {
      fail(problem);
    } else {
      complete(stale);
    }
  }

  /**
   * The backend that is asked once more where a kept connection was closed in place of an answer,
   * or null: a backend may close one that has been idle just when a request is sent on it (RFC
   * 9112, 9.3.1). It has not failed, and whether the route retries makes no difference.
   */
  private @Nullable Backend renewed(Attempt attempt, Throwable failure) {
    if (renewals > 0
        || !attempt.onward.onKeptConnection()
        || !Failures.closed(failure)
        || sentOnce
        || !idempotent()
        || !route.retries().retry()) {
      return null;
    }
    var again = tried.removeLast();
    var next = route.choose(request.getHeaders(), admission.principal().tenant(), tried);
    if (next == null) {
      tried.add(again);
    } else {
      renewals++;
      route.meters().retried();
    }
    return next;
  }

  /** The backend that is tried next, or null when it stays at what the last one said. */
  private @Nullable Backend next(String reason) {
    var retry = route.view().retry();
    if (tries > retry.attempts() + renewals
        || !retry.on().contains(reason)
        || sentOnce
        || !(idempotent() || reason.equals("ConnectFailure"))
        || !route.retries().retry()) {
      return null;
    }
    var next = route.choose(request.getHeaders(), admission.principal().tenant(), tried);
    if (next != null) {
      route.meters().retried();
      if (tried.contains(next)) {
        // every other was tried, too: they take turns once more
        tried.clear();
      }
    }
    return next;
  }

  private boolean idempotent() {
    return IDEMPOTENT.contains(request.getMethodName());
  }

  private void fail(Problem problem) {
    complete(Failures.answer(problem, admission));
  }

  /** A fault of this program: nothing that it held is held for ever because of it. */
  private void broken(RuntimeException fault) {
    LOG.error("Request {} to route {} failed", admission.id(), route.view().name(), fault);
    abandon();
    fail(Failures.fault());
  }

  private void complete(HttpResponse<?> response) {
    var _ = callerGone.removeListener(disconnect);
    close();
    result.complete(response);
  }

  /** The client has gone before it was answered: nobody waits for the backend any more. */
  private void gone() {
    disconnected = true;
    var turn = waiting;
    if (turn != null) {
      turn.cancel(false);
    }
    abandon();
    close();
    admission.end(Outcome.PARTIAL, 499);
  }

  private void abandon() {
    var attempt = current.getAndSet(null);
    if (attempt != null) {
      attempt.ended();
      attempt.exchange.giveUp();
      attempt.backend.released();
      if (attempt.span != null) {
        Trace.failed(attempt.span, "Disconnected");
      }
    }
  }

  private void close() {
    if (body != null) {
      body.close();
      body = null;
    }
    if (replay != null) {
      replay.close();
      replay = null;
    }
  }
}

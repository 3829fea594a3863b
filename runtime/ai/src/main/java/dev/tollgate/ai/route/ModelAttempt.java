package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.gateway.admission.Trace;
import dev.tollgate.gateway.backend.Exchange;
import dev.tollgate.gateway.backend.OnwardRequest;
import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.body.CloseableByteBody;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.opentelemetry.api.trace.Span;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** One try at a backend. Used on the client's event loop. */
final class ModelAttempt {

  private static final List<String> FEATURES = List.of("anthropic-beta", "OpenAI-Beta");

  private final ModelBackend backend;
  private final Dialect dialect;
  private final Permit permit;
  private final @Nullable String missing;
  private @Nullable Span span;
  private final long begun = System.nanoTime();
  private long lastHeard = begun;
  private @Nullable Subscription upstream;
  private boolean asked;
  private boolean closed;
  private boolean ended;
  private final Exchange exchange;
  @Nullable ResponseReader reader;

  private ModelAttempt(
      ModelBackend backend,
      Dialect dialect,
      Permit permit,
      OnwardRequest request,
      @Nullable String missing,
      @Nullable Span span) {
    this.backend = backend;
    this.dialect = dialect;
    this.permit = permit;
    this.exchange = new Exchange(request, permit);
    this.missing = missing;
    this.span = span;
  }

  /**
   * One that has its turn and is not sent yet.
   *
   * @param number of the tries of this call, from 0
   */
  static ModelAttempt of(
      ModelParts parts,
      ModelTask task,
      ModelBackend backend,
      Dialect dialect,
      Permit permit,
      int number) {
    var target = backend.url(dialect.path());
    var request = new OnwardRequest(HttpMethod.POST, "POST", target);
    var headers = request.getHeaders();
    headers.set("Content-Type", "application/json");
    headers.set("Accept", dialect.mediaType(task.ask().stream()));
    if (dialect == task.ask().dialect()) {
      forEachFeature(task.request(), headers::add);
    }
    var missing = backend.addHeaders(headers, parts.secrets());
    var trace = task.admission().trace();
    var span =
        trace == null || missing != null
            ? null // nothing is sent
            : trace.attempt(target, backend.view().name(), "POST", number);
    if (span != null) {
      parts.traces().inject(span, headers);
    }
    return new ModelAttempt(backend, dialect, permit, request, missing, span);
  }

  /** Name and value of each header that asks for a feature of the client's protocol. */
  static void forEachFeature(HttpRequest<?> request, BiConsumer<String, String> feature) {
    for (var name : FEATURES) {
      for (var value : request.getHeaders().getAll(name)) {
        feature.accept(name, value);
      }
    }
  }

  /** Sends it; one of the two is called, on any thread. */
  void send(
      CloseableByteBody body,
      Consumer<ByteBodyHttpResponse<?>> answered,
      Consumer<Throwable> failed) {
    exchange.send(backend.client(), body, answered, failed);
  }

  /** Whether a failure means that no connection was made. */
  static boolean unreachable(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof SSLException
          || cause instanceof ConnectTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** What the backend must be told and has no value, so that it must not be asked; else null. */
  @Nullable String missing() {
    return missing;
  }

  ModelBackend backend() {
    return backend;
  }

  Dialect dialect() {
    return dialect;
  }

  /** The backend has said something. */
  void heard() {
    lastHeard = System.nanoTime();
  }

  long lastHeard() {
    return lastHeard;
  }

  /** When it had its turn. */
  long begun() {
    return begun;
  }

  /** Asks the backend's stream for one buffer more, unless one is on its way. */
  void ask() {
    var from = upstream;
    if (from != null && !asked && !closed) {
      asked = true;
      from.request(1);
    }
  }

  /** The answer has come to its end: what may still follow is passed over. */
  void ended() {
    ended = true;
    var from = upstream;
    if (from != null && !closed) {
      from.request(Long.MAX_VALUE);
    }
  }

  /** Ends the span of a try that was answered. */
  void span(int status) {
    var open = span;
    span = null;
    if (open != null) {
      Trace.answered(open, status);
    }
  }

  /** Ends the span of a try that failed. */
  void span(String reason) {
    var open = span;
    span = null;
    if (open != null) {
      Trace.failed(open, reason);
    }
  }

  /** Gives back the turn; what has not ended is broken off. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    span("Cancelled");
    if (ended) {
      permit.close();
      return;
    }
    if (upstream != null) {
      upstream.cancel();
    }
    exchange.giveUp();
  }

  /** Hands the buffers of a stream over to the loop, one at a time. */
  static final class Reading implements Subscriber<ReadBuffer> {
    private final ModelAttempt attempt;
    private final Executor loop;
    private final BiConsumer<ModelAttempt, ByteBuf> read;
    private final BiConsumer<ModelAttempt, @Nullable Throwable> end;

    Reading(
        ModelAttempt attempt,
        Executor loop,
        BiConsumer<ModelAttempt, ByteBuf> read,
        BiConsumer<ModelAttempt, @Nullable Throwable> end) {
      this.attempt = attempt;
      this.loop = loop;
      this.read = read;
      this.end = end;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      loop.execute(() -> {
        attempt.upstream = subscription;
        if (attempt.closed) {
          subscription.cancel();
        } else {
          attempt.ask();
        }
      });
    }

    @Override
    public void onNext(ReadBuffer buffer) {
      loop.execute(() -> {
        attempt.asked = false;
        var bytes = NettyReadBufferFactory.toByteBuf(buffer);
        try {
          read.accept(attempt, bytes);
        } finally {
          bytes.release();
        }
      });
    }

    @Override
    public void onError(Throwable failure) {
      loop.execute(() -> end.accept(attempt, failure));
    }

    @Override
    public void onComplete() {
      loop.execute(() -> end.accept(attempt, null));
    }
  }
}

package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.gateway.Outgoing;
import dev.tollgate.gateway.Trace;
import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.netty.buffer.ByteBuf;
import io.opentelemetry.api.trace.Span;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;

/** One try at a backend. Used on the client's event loop. */
final class ModelAttempt {

  private final ModelBackend backend;
  private final Dialect dialect;
  private final Permit permit;
  private @Nullable Span span;
  private long lastHeard = System.nanoTime();
  private @Nullable Subscription upstream;
  private boolean asked;
  private boolean closed;
  private boolean ended;
  @Nullable Disposable exchange;
  @Nullable ResponseReader reader;
  Outgoing.@Nullable Sent sent;

  ModelAttempt(ModelBackend backend, Dialect dialect, Permit permit, @Nullable Span span) {
    this.backend = backend;
    this.dialect = dialect;
    this.permit = permit;
    this.span = span;
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
    permit.close();
    span("Cancelled");
    if (ended) {
      return;
    }
    if (upstream != null) {
      upstream.cancel();
    } else if (exchange != null) {
      exchange.dispose();
    }
    if (sent != null) {
      sent.breakOff();
    }
  }

  /** Hands the buffers of a stream over to the loop, one at a time. */
  static final class Reading implements Subscriber<ReadBuffer> {
    private final ModelAttempt attempt;
    private final Consumer<Runnable> loop;
    private final BiConsumer<ModelAttempt, ByteBuf> read;
    private final BiConsumer<ModelAttempt, @Nullable Throwable> end;

    Reading(
        ModelAttempt attempt,
        Consumer<Runnable> loop,
        BiConsumer<ModelAttempt, ByteBuf> read,
        BiConsumer<ModelAttempt, @Nullable Throwable> end) {
      this.attempt = attempt;
      this.loop = loop;
      this.read = read;
      this.end = end;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      loop.accept(() -> {
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
      loop.accept(() -> {
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
      loop.accept(() -> end.accept(attempt, failure));
    }

    @Override
    public void onComplete() {
      loop.accept(() -> end.accept(attempt, null));
    }
  }
}

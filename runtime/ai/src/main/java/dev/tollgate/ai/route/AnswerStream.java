package dev.tollgate.ai.route;

import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The stream that one client reads: passes on what it is given as fast as the client takes it, and
 * tells its source when there is room for more. Everything happens on the client's event loop.
 */
final class AnswerStream implements Publisher<ReadBuffer>, Subscription {

  /** Where the bytes come from. */
  interface Source {
    /** Everything given so far has been taken, and more may come. */
    void wanted();

    /** The client has gone. */
    void gone();
  }

  private final EventLoop loop;
  private final NettyReadBufferFactory buffers;
  private final Source source;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private @Nullable Subscriber<? super ReadBuffer> client;
  private long demand;
  private boolean completed;
  private boolean ended;
  private boolean passing;

  AnswerStream(EventLoop loop, NettyReadBufferFactory buffers, Source source) {
    this.loop = loop;
    this.buffers = buffers;
    this.source = source;
  }

  @Override
  public void subscribe(Subscriber<? super ReadBuffer> subscriber) {
    client = subscriber;
    subscriber.onSubscribe(this);
  }

  @Override
  public void request(long n) {
    if (!loop.inEventLoop()) {
      loop.execute(() -> request(n));
      return;
    }
    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
    pass();
    askForMore();
  }

  @Override
  public void cancel() {
    if (!loop.inEventLoop()) {
      loop.execute(this::cancel);
      return;
    }
    if (!ended) {
      ended = true;
      drop();
      source.gone();
    }
  }

  /** Whether the client has taken everything, and waits. */
  boolean idle() {
    return !ended && waiting.isEmpty() && demand > 0;
  }

  /** Takes the bytes over; releases them where nobody reads any more. */
  void give(ByteBuf bytes) {
    if (ended || completed) {
      bytes.release();
      return;
    }
    waiting.addLast(bytes);
    pass();
  }

  /** No more is given. */
  void complete() {
    completed = true;
    pass();
  }

  /** Forgets what has been given and not been taken. */
  void drop() {
    waiting.forEach(ByteBuf::release);
    waiting.clear();
  }

  private void pass() {
    var reader = client;
    if (reader == null || passing || ended) {
      return;
    }
    passing = true; // a reader asks for more while it is given something
    try {
      while (demand > 0 && !waiting.isEmpty() && !ended) {
        if (demand != Long.MAX_VALUE) {
          demand--;
        }
        reader.onNext(buffers.adapt(waiting.removeFirst()));
      }
    } finally {
      passing = false;
    }
    if (completed && waiting.isEmpty() && !ended) {
      ended = true;
      reader.onComplete();
    }
  }

  private void askForMore() {
    if (!completed && !passing && idle()) {
      source.wanted();
    }
  }
}

package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.EventNumbers;
import dev.tollgate.core.problems.Problem;
import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.http.HttpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the client of an exchange gets: an answer in one piece, or a stream, whose head goes out
 * with the first content, so that until then another backend can be asked. Used on the client's
 * event loop.
 */
final class ClientSide {

  /** Bytes that are kept while another backend may still be asked. */
  private static final int MOST_HELD = 1 << 20;

  private final ModelAnswers answers;
  private final ModelTask task;
  private final CompletableFuture<HttpResponse<?>> result = new CompletableFuture<>();
  private final @Nullable AnswerStream stream;
  private final List<ByteBuf> held = new ArrayList<>(2);
  private int heldBytes;
  private boolean heldIsCounted;
  private boolean begun;
  private boolean left;
  private long lastSent = System.nanoTime();
  private final EventNumbers numbers;

  ClientSide(ModelAnswers answers, ModelTask task, AnswerStream.Source source) {
    var channel = task.request().getChannelHandlerContext().channel();
    this.answers = answers;
    this.task = task;
    this.numbers = new EventNumbers(task.ask().dialect());
    this.stream =
        task.ask().stream()
            ? new AnswerStream(
                channel.eventLoop(), NettyReadBufferFactory.of(channel.alloc()), source)
            : null;
  }

  CompletionStage<HttpResponse<?>> result() {
    return result;
  }

  /** Whether the head of a stream has gone out. */
  boolean begun() {
    return begun;
  }

  /** Whether a stream's client has taken everything, and waits. */
  boolean idle() {
    return stream != null && stream.idle();
  }

  /**
   * Keeps bytes until it begins.
   *
   * @return whether it should begin, since more is not kept
   */
  boolean hold(ByteBuf bytes) {
    if (left) {
      bytes.release();
      return false;
    }
    held.add(bytes);
    heldBytes += bytes.readableBytes();
    return heldBytes > MOST_HELD;
  }

  /** Drops what is kept: it came from a backend that failed. */
  void forget() {
    held.forEach(ByteBuf::release);
    held.clear();
    heldBytes = 0;
  }

  /** Counts what is kept as sent, just before it is. */
  void countHeld() {
    if (stream != null && !left) {
      held.forEach(this::count);
      heldIsCounted = true;
    }
  }

  /** Sends the head, and what was kept. */
  void begin() {
    head();
    if (heldIsCounted) {
      held.forEach(this::send);
    } else {
      held.forEach(this::give);
    }
    held.clear();
    heldBytes = 0;
  }

  private void head() {
    if (!begun && stream != null && !left) {
      begun = true;
      result.complete(answers.stream(task, stream));
    }
  }

  void give(ByteBuf bytes) {
    if (stream != null && !left) {
      count(bytes);
    }
    send(bytes);
  }

  private void count(ByteBuf bytes) {
    task.admission().sent(bytes.readableBytes());
  }

  private void send(ByteBuf bytes) {
    if (stream == null || left) {
      bytes.release();
      return;
    }
    lastSent = System.nanoTime();
    numbers.passed(bytes);
    stream.give(bytes);
  }

  /** Tells of a problem in the stream. */
  void tell(Problem problem) {
    var event = answers.event(task.ask().dialect(), problem, numbers.next());
    give(Unpooled.wrappedBuffer(event));
  }

  /** Ends the stream. */
  void complete() {
    if (stream != null) {
      stream.complete();
    }
  }

  /** Answers in one piece, unless a stream has begun. */
  void answer(HttpResponse<?> response) {
    result.complete(response);
  }

  /** The client has gone: nothing is kept or sent any more. */
  void left() {
    left = true;
    forget();
    if (stream != null) {
      stream.drop();
    }
  }

  /**
   * Sends a sign of life when it is due.
   *
   * @param period nanoseconds without a byte after which one is sent
   * @param content whether content has gone out, behind which it would wait
   * @return when the next is due, on the scale of {@link System#nanoTime()}
   */
  long heartbeat(long now, long period, boolean content) {
    var due = lastSent + period;
    if (due - now > 0) {
      return due;
    }
    var sign = task.ask().dialect().framing().heartbeat();
    if (sign.length > 0) {
      head();
      if (idle() || !content) {
        give(Unpooled.wrappedBuffer(sign));
      }
    }
    lastSent = now;
    return now + period;
  }
}

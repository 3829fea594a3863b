package dev.tollgate.ai.route;

import io.micronaut.http.body.AvailableByteBody;
import io.micronaut.http.body.ByteBody;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;

/** Takes a body whole, up to a bound. */
final class WholeBody {

  private static final int FIRST_BYTES = 8 << 10;

  private final long most;
  private final long expected;
  private final LongConsumer room;
  private byte[] bytes = {};
  private int size;

  private WholeBody(long most, long expected, LongConsumer room) {
    this.most = most;
    this.expected = expected;
    this.room = room;
  }

  /** The body is larger than is accepted. Has no stack trace. */
  static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final long most;

    TooLarge(long most) {
      super("the body is larger than " + most + " bytes", null, false, false);
      this.most = most;
    }

    /** Bytes that would have been accepted. */
    long most() {
      return most;
    }
  }

  /** Fails with {@link TooLarge}, or as the body does. */
  static CompletionStage<byte[]> read(ByteBody body, long most) {
    return read(body, most, total -> {});
  }

  /**
   * Fails with {@link TooLarge}, as the body does, or as {@code room} does.
   *
   * @param room is told how many bytes the body takes in all before they are taken
   */
  static CompletionStage<byte[]> read(ByteBody body, long most, LongConsumer room) {
    var expected = body.expectedLength().orElse(0);
    if (expected > most) {
      body.move().close();
      return CompletableFuture.failedFuture(new TooLarge(most));
    }
    var taken = body.move();
    try {
      if (taken instanceof AvailableByteBody whole) {
        try (taken) {
          room.accept(whole.length());
          return CompletableFuture.completedFuture(whole.toByteArray());
        }
      }
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    var read = new WholeBody(most, expected, room);
    return Flux.from(taken.toReadBufferPublisher())
        .doOnNext(buffer -> read.add(buffer.toArray()))
        .then()
        .toFuture()
        .thenApply(done -> read.whole());
  }

  private void add(byte[] more) {
    var now = (long) size + more.length;
    if (now > most) {
      throw new TooLarge(most);
    }
    if (now > bytes.length) {
      // what is announced is taken at once only when a good part of it has come
      var next = Math.min(most, Math.max(now, Math.max(FIRST_BYTES, 2L * bytes.length)));
      if (expected >= now && (next > expected || now > expected / 4)) {
        next = expected;
      }
      room.accept(next);
      bytes = Arrays.copyOf(bytes, (int) next);
    }
    System.arraycopy(more, 0, bytes, size, more.length);
    size = (int) now;
  }

  private byte[] whole() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }
}

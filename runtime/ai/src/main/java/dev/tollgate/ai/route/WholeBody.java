package dev.tollgate.ai.route;

import io.micronaut.http.body.AvailableByteBody;
import io.micronaut.http.body.ByteBody;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import reactor.core.publisher.Flux;

/** Takes a body whole, up to a bound. */
final class WholeBody {

  private static final int FIRST_BYTES = 8 << 10;

  private WholeBody() {}

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
    if (body.expectedLength().orElse(0) > most) {
      body.move().close();
      return CompletableFuture.failedFuture(new TooLarge(most));
    }
    var taken = body.move();
    if (taken instanceof AvailableByteBody whole) {
      try (taken) {
        return CompletableFuture.completedFuture(whole.toByteArray());
      }
    }
    var out = new ByteArrayOutputStream(FIRST_BYTES);
    return Flux.from(taken.toReadBufferPublisher())
        .doOnNext(buffer -> {
          var bytes = buffer.toArray();
          if (out.size() + bytes.length > most) {
            throw new TooLarge(most);
          }
          out.writeBytes(bytes);
        })
        .then()
        .toFuture()
        .thenApply(done -> out.toByteArray());
  }
}

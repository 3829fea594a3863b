package dev.tollgate.gateway.proxy;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.backend.Failures;
import dev.tollgate.gateway.body.Demand;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A request's body that is passed on as it comes. While it has not come whole, what goes wrong with
 * it is its caller's doing and tells nothing of the backend; so is a time-out while more of it is
 * waited for. A backend that takes no more of it is one that does not answer.
 */
final class Upload {

  private volatile boolean whole;
  private volatile @Nullable Throwable fault;

  /** Of the backend. */
  private final Demand demand = new Demand();

  /** The same body, followed. */
  Flux<ReadBuffer> follow(Flux<ReadBuffer> body) {
    return demand.follow(body).doOnComplete(() -> whole = true).doOnError(e -> fault = e);
  }

  /**
   * What its caller is told of a try that failed while it was under way; null where that failure is
   * the backend's.
   *
   * @param within how long the try might take
   */
  @Nullable Problem problem(Throwable failure, Duration within) {
    var own = fault;
    if (own != null) {
      return Failures.badBody(own);
    }
    return !whole && demand.any() && Failures.reason(failure).equals(Failures.TIMEOUT)
        ? Failures.noBody(within)
        : null;
  }

  /** Whether it failed because its caller has gone. */
  boolean abandoned() {
    return left(fault);
  }

  /** Whether a body fails so because its caller has gone. */
  static boolean left(@Nullable Throwable fault) {
    return fault instanceof IOException || fault instanceof Http2Exception;
  }
}

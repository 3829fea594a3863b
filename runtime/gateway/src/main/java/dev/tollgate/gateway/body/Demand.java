package dev.tollgate.gateway.body;

import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/** How many parts of a stream its reader would take now that have not come. Any thread. */
public final class Demand {

  private final AtomicLong parts = new AtomicLong();

  /** The same stream, followed. */
  public <T> Flux<T> follow(Flux<T> stream) {
    return stream
        .doOnRequest(n -> parts.accumulateAndGet(n, Operators::addCap))
        .doOnNext(part -> parts.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1));
  }

  /** Whether a part that was asked for has not come. */
  public boolean any() {
    return parts.get() > 0;
  }
}

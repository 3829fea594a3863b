package dev.tollgate.gateway;

import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/** How many parts of a stream its reader would take now that have not come. Any thread. */
final class Demand {

  private final AtomicLong parts = new AtomicLong();

  /** The same stream, followed. */
  <T> Flux<T> follow(Flux<T> stream) {
    return stream
        .doOnRequest(n -> parts.accumulateAndGet(n, Operators::addCap))
        .doOnNext(part -> parts.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1));
  }

  boolean any() {
    return parts.get() > 0;
  }
}

package dev.tollgate.core.limits;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Keeps requests from waiting, one after the other, for a Redis that does not answer. After three
 * failures, one after the other, it is open; then one request in each pause tries, and its success
 * closes it.
 */
final class RedisCircuit {
  private static final int FAILURES = 3;
  private static final long CLOSED = Long.MIN_VALUE;

  private final LongSupplier nanoTime;
  private final long pauseNanos;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicLong nextTry = new AtomicLong(CLOSED);
  private volatile long openedAt;
  private long lastFailure;

  RedisCircuit(LongSupplier nanoTime, long pauseNanos) {
    this.nanoTime = nanoTime;
    this.pauseNanos = pauseNanos;
  }

  /** Whether this request should ask Redis. */
  boolean tries() {
    long next = nextTry.get();
    if (next == CLOSED) {
      return true;
    }
    long now = nanoTime.getAsLong();
    return now - next >= 0 && nextTry.compareAndSet(next, now + pauseNanos);
  }

  boolean open() {
    return nextTry.get() != CLOSED;
  }

  /** Whether it has been open for so long, without a success in between. */
  boolean openFor(long nanos) {
    return open() && nanoTime.getAsLong() - openedAt >= nanos;
  }

  /** Returns whether this closed the circuit. */
  boolean succeeded() {
    if (failures.get() != 0) {
      failures.set(0);
    }
    return nextTry.get() != CLOSED && nextTry.getAndSet(CLOSED) != CLOSED;
  }

  /**
   * Requests that wait at the same time find out the same thing, so that those that began before
   * the last failure was noted are no further one.
   *
   * @param began when the request that failed was sent, by the same clock
   * @return whether this opened the circuit
   */
  synchronized boolean failed(long began) {
    if (failures.get() > 0 && began - lastFailure < 0) {
      return false;
    }
    long now = nanoTime.getAsLong();
    lastFailure = now;
    if (failures.incrementAndGet() < FAILURES || open()) {
      return false;
    }
    openedAt = now; // before it is open, so that no reader takes it for one that opened long ago
    return nextTry.compareAndSet(CLOSED, now + pauseNanos);
  }
}

package dev.tollgate.core;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets what repeats itself into the log at most once a minute. Any thread. */
public final class Seldom {

  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final AtomicLong last = new AtomicLong(System.nanoTime() - PAUSE_NANOS);

  /** Whether it is to be written now; whoever is told so writes it. */
  public boolean now() {
    var now = System.nanoTime();
    var before = last.get();
    return now - before >= PAUSE_NANOS && last.compareAndSet(before, now);
  }
}

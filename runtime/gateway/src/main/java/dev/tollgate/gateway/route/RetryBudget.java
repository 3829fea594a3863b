package dev.tollgate.gateway.route;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets retries be a part of all requests at most, so that they cannot multiply the load of a
 * backend that fails. Each request earns a part of a retry; a few are there from the start.
 */
public final class RetryBudget {

  private static final long RETRY = 100;
  private static final long AT_START = 10 * RETRY;
  private static final long AT_MOST = 100 * RETRY;

  private final int percent;
  private final AtomicLong balance = new AtomicLong(AT_START);

  /**
   * @param percent retries per hundred requests
   */
  RetryBudget(int percent) {
    this.percent = percent;
  }

  void request() {
    if (balance.get() < AT_MOST) {
      balance.addAndGet(percent);
    }
  }

  /** Takes a retry; false when there is none left. */
  public boolean retry() {
    if (balance.addAndGet(-RETRY) >= 0) {
      return true;
    }
    balance.addAndGet(RETRY);
    return false;
  }
}

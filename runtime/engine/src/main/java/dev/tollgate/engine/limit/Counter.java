package dev.tollgate.engine.limit;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is in use of one quota. Not thread-safe. Call {@link #advance} before anything else; time
 * that goes back stands still.
 *
 * <p>An amount that may be corrected is taken under a lease. A lease that is neither settled nor
 * renewed gives its amount back when it expires. A request counts in the calendar window in which
 * it began, whatever the day on which it is settled; what a renewal adds counts in that of the
 * renewal.
 */
public final class Counter {
  // a level may exceed the capacity (a settlement dearer than its estimate), but never this
  private static final long MAX_LEVEL = 1L << 52;

  private long level;
  // what has drained of the next unit, in parts of the period: keeps fractions exact
  private long drained;
  private long time = Long.MIN_VALUE;
  private long window;
  private @Nullable Map<String, Lease> leases;

  private record Lease(long amount, long window, long expires) {}

  /** Units in use now. */
  public long level() {
    return level;
  }

  /** Parts of the period that have drained of the next unit. */
  public long drained() {
    return drained;
  }

  /** Whether nothing is in use, so that the counter may be forgotten. */
  public boolean idle() {
    return level == 0 && (leases == null || leases.isEmpty());
  }

  /** Forgets what time has made void. */
  public void advance(Quota quota, long now) {
    switch (quota.kind()) {
      case BUCKET -> drain(quota, now);
      case DAY, MONTH -> {
        long start = quota.windowStart(now);
        if (start > window || time == Long.MIN_VALUE) {
          window = start;
          level = 0;
        }
      }
      case CONCURRENCY -> {}
    }
    time = Math.max(time, now);
    if (leases != null && !leases.isEmpty()) {
      expire(quota);
    }
  }

  private void drain(Quota quota, long now) {
    if (level == 0 || quota.quantity() == 0) {
      return;
    }
    long passed = now - time;
    if (passed <= 0) {
      return;
    }
    // passed × quantity ÷ period, split so that no product passes 2^53
    long period = quota.periodMillis();
    long periods = passed / period;
    if (periods > level / quota.quantity()) {
      empty();
      return;
    }
    long rest = passed % period;
    long parts = drained + rest * (quota.quantity() % period);
    long units = periods * quota.quantity() + rest * (quota.quantity() / period) + parts / period;
    if (units >= level) {
      empty();
    } else {
      level -= units;
      drained = parts % period;
    }
  }

  private void empty() {
    level = 0;
    drained = 0;
  }

  private void expire(Quota quota) {
    // leases all last equally long, so the first is the first to expire
    for (Iterator<Lease> all = leases().values().iterator(); all.hasNext(); ) {
      Lease lease = all.next();
      if (lease.expires > time) {
        return;
      }
      all.remove();
      correct(quota, lease, 0);
    }
  }

  /** Takes units for good. */
  public void take(long amount) {
    level = Math.min(MAX_LEVEL, level + Quota.clamp(amount));
  }

  /** Takes units under a lease; a second one under the same id is joined to the first. */
  public void lease(String id, long amount, long leaseMillis) {
    take(amount);
    Lease before = leases().remove(id);
    long all = Quota.clamp(amount) + (before == null ? 0 : before.amount);
    leases().put(id, new Lease(all, window, time + leaseMillis));
  }

  /**
   * Ends a lease and puts what was really used in the place of its amount.
   *
   * @return whether the lease was still there; when not, nothing is changed
   */
  public boolean settle(Quota quota, String id, long used) {
    Lease lease = leases == null ? null : leases.remove(id);
    if (lease == null) {
      return false;
    }
    correct(quota, lease, used);
    return true;
  }

  /** Corrects what was taken without a lease. */
  public void correct(long taken, long used) {
    level = Math.clamp(level - Quota.clamp(taken) + Quota.clamp(used), 0, MAX_LEVEL);
    if (level == 0) {
      drained = 0;
    }
  }

  private void correct(Quota quota, Lease lease, long used) {
    if (lease.window == window) {
      correct(lease.amount, quota.kind() == Quota.Kind.CONCURRENCY ? 0 : used);
    }
  }

  /**
   * Lets a lease run on from now. When more has been used by now than it has taken, it takes the
   * rest, in the running window.
   *
   * @return whether the lease was still there; when not, nothing is changed
   */
  public boolean renew(Quota quota, String id, long used, long leaseMillis) {
    Lease lease = leases == null ? null : leases.remove(id);
    if (lease == null) {
      return false;
    }
    long all = lease.amount;
    long in = lease.window;
    long so = Quota.clamp(used);
    if (quota.kind() != Quota.Kind.CONCURRENCY && so > all) {
      take(so - all);
      all = so;
      in = window;
    }
    leases().put(id, new Lease(all, in, time + leaseMillis));
    return true;
  }

  private Map<String, Lease> leases() {
    Map<String, Lease> all = leases;
    if (all == null) {
      all = new LinkedHashMap<>();
      leases = all;
    }
    return all;
  }
}

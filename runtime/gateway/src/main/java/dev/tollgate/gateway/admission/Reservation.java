package dev.tollgate.gateway.admission;

import dev.tollgate.core.limits.Allowance;
import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageMeter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a request has taken of limits and quotas, until it ends.
 *
 * @param id names it in the counters
 */
record Reservation(String id, String tenantId, List<Charge> charges, List<Allowance> allowances) {

  /** Nothing was taken. */
  static final Reservation NONE = new Reservation("", "", List.of(), List.of());

  private boolean isEmpty() {
    return charges.isEmpty() && allowances.isEmpty();
  }

  /** Whether it has something of a limit on the meter. */
  boolean counts(UsageMeter meter) {
    for (var charge : charges) {
      if (charge.limit().meter().equals(meter.text())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Keeps it for another lease, and takes what was used beyond it.
   *
   * @return whether no limit and no quota is passed by now
   */
  CompletionStage<Boolean> renew(Limits limits, Amounts amounts) {
    return isEmpty()
        ? CompletableFuture.completedFuture(true)
        : limits.renew(tenantId, id, charges, allowances, used(amounts));
  }

  /** Gives all of it back: the request is not admitted after all. */
  void giveBack(Limits limits) {
    if (!isEmpty()) {
      limits.settle(
          tenantId, id, charges, allowances, new long[charges.size() + allowances.size()]);
    }
  }

  /** Puts right what was taken by what was used. */
  void settle(Limits limits, Amounts amounts) {
    if (!isEmpty()) {
      limits.settle(tenantId, id, charges, allowances, used(amounts));
    }
  }

  private long[] used(Amounts amounts) {
    var used = new long[charges.size() + allowances.size()];
    int i = 0;
    for (var charge : charges) {
      used[i++] = used(charge.limit().meter(), charge.amount(), amounts);
    }
    for (var allowance : allowances) {
      used[i++] = used(allowance.meter(), allowance.amount(), amounts);
    }
    return used;
  }

  private static long used(String name, long taken, Amounts amounts) {
    var meter = UsageMeter.of(name);
    return meter == null ? taken : meter.in(amounts);
  }
}

package dev.tollgate.core.limits;

import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.view.LimitView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;

/**
 * Decides while Redis is away, as each limit says: let in, refuse, or count this replica's share of
 * it, quantity ÷ ready replicas and at least 1.
 */
final class LocalShare {
  private static final long RETRY_MILLIS = 1_000;

  private final MemoryLimits memory;
  private final IntSupplier readyReplicas;

  LocalShare(MemoryLimits memory, IntSupplier readyReplicas) {
    this.memory = memory;
    this.readyReplicas = readyReplicas;
  }

  Decision reserve(String tenantId, String requestId, List<Charge> charges) {
    for (int i = 0; i < charges.size(); i++) {
      if (charges.get(i).limit().whenUnavailable() == WhenUnavailable.Closed) {
        return closed(charges, i);
      }
    }
    Decision counted = memory.reserveNow(tenantId, requestId, shares(charges));
    List<Decision.State> states = new ArrayList<>(charges.size());
    int refusedBy = -1;
    int next = 0;
    for (int i = 0; i < charges.size(); i++) {
      Charge charge = charges.get(i);
      if (charge.limit().whenUnavailable() == WhenUnavailable.Open) {
        states.add(new Decision.State(charge, Quotas.of(charge.limit()).capacity(), 0, 0));
        continue;
      }
      if (counted.refusedBy() == next) {
        refusedBy = i;
      }
      Decision.State share = counted.states().get(next++);
      states.add(
          new Decision.State(
              charge, share.remaining(), share.resetMillis(), share.retryAfterMillis()));
    }
    return new Decision(counted.allowed(), states, refusedBy);
  }

  /** Settles what was reserved here; what was not, changes nothing. */
  void settle(String tenantId, String requestId, List<Charge> charges, long[] used) {
    List<Charge> leased = new ArrayList<>(charges.size());
    long[] usedOfLeased = new long[charges.size()];
    for (int i = 0; i < charges.size(); i++) {
      if (counts(charges.get(i)) && Quotas.leased(charges.get(i).limit())) {
        usedOfLeased[leased.size()] = used[i];
        leased.add(charges.get(i));
      }
    }
    memory.settle(tenantId, requestId, leased, usedOfLeased);
  }

  CompletionStage<Boolean> renew(
      String tenantId, String requestId, List<Charge> charges, long[] used) {
    return memory.renew(tenantId, requestId, charges, used);
  }

  private static Decision closed(List<Charge> charges, int refusedBy) {
    List<Decision.State> states = new ArrayList<>(charges.size());
    for (Charge charge : charges) {
      states.add(new Decision.State(charge, 0, RETRY_MILLIS, RETRY_MILLIS, false));
    }
    return new Decision(false, states, refusedBy);
  }

  private static boolean counts(Charge charge) {
    return charge.limit().whenUnavailable() == WhenUnavailable.LocalShare;
  }

  private List<Charge> shares(List<Charge> charges) {
    int replicas = Math.max(1, readyReplicas.getAsInt());
    List<Charge> shares = new ArrayList<>(charges.size());
    for (Charge charge : charges) {
      if (counts(charge)) {
        shares.add(new Charge(share(charge.limit(), replicas), charge.subject(), charge.amount()));
      }
    }
    return shares;
  }

  private static LimitView share(LimitView limit, int replicas) {
    return new LimitView(
        limit.policy(),
        limit.name(),
        limit.meter(),
        share(limit.quantity(), replicas),
        limit.window(),
        share(limit.burst(), replicas),
        limit.by(),
        limit.backend(),
        limit.whenUnavailable(),
        limit.targetKind(),
        limit.targetName());
  }

  // a limit of zero stays zero: it forbids
  private static long share(long units, int replicas) {
    return units <= 0 ? units : Math.max(1, units / replicas);
  }
}

package dev.tollgate.gateway;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Entry;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.crd.resolve.RouteView;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** One admitted request: ends once, however it ends, and then settles what it reserved. */
final class Admission {

  private final Limits limits;
  private final Principal principal;
  private final RouteView route;
  private final List<Charge> charges;
  private final Decision decision;
  private final Entry entry;
  private final String reservation;
  private final AtomicBoolean ended = new AtomicBoolean();

  Admission(
      Limits limits,
      Principal principal,
      RouteView route,
      List<Charge> charges,
      Decision decision,
      Entry entry,
      String reservation) {
    this.limits = limits;
    this.principal = principal;
    this.route = route;
    this.charges = charges;
    this.decision = decision;
    this.entry = entry;
    this.reservation = reservation;
  }

  String id() {
    return entry.id();
  }

  Principal principal() {
    return principal;
  }

  RouteView route() {
    return route;
  }

  Decision decision() {
    return decision;
  }

  void end(long bytesIn, long bytesOut, Outcome outcome, int status) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    entry.close(new Amounts(route.weight(), bytesIn, bytesOut, 0, 0), outcome, status);
    if (charges.isEmpty()) {
      return;
    }
    var used = new long[charges.size()];
    for (int i = 0; i < used.length; i++) {
      used[i] =
          switch (charges.get(i).limit().meter()) {
            case "bytes" -> bytesIn + bytesOut;
            default -> charges.get(i).amount();
          };
    }
    limits.settle(principal.tenant().tenantId(), reservation, charges, used);
  }
}

package dev.tollgate.gateway;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Entry;
import dev.tollgate.core.metering.UsageLog.Outcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One admitted request: ends once, however it ends, and then settles what it reserved. */
final class Admission {

  private final Limits limits;
  private final Principal principal;
  private final Gate.Asked asked;
  private final List<Charge> charges;
  private final Decision decision;
  private final Entry entry;
  private final String reservation;
  private final Running running;
  private final AccessLog accessLog;
  private final long began = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();

  Admission(
      Limits limits,
      Principal principal,
      Gate.Asked asked,
      List<Charge> charges,
      Decision decision,
      Entry entry,
      String reservation,
      Running running,
      AccessLog accessLog) {
    this.limits = limits;
    this.principal = principal;
    this.asked = asked;
    this.charges = charges;
    this.decision = decision;
    this.entry = entry;
    this.reservation = reservation;
    this.running = running;
    this.accessLog = accessLog;
    running.begin();
  }

  String id() {
    return entry.id();
  }

  Principal principal() {
    return principal;
  }

  LiveRoute route() {
    return asked.route();
  }

  Decision decision() {
    return decision;
  }

  @Nullable Trace trace() {
    return asked.trace();
  }

  /** When it was admitted, on the scale of {@link System#nanoTime()}. */
  long began() {
    return began;
  }

  /** When the whole of it must have been answered, on the same scale. */
  long deadline() {
    return began + asked.route().view().requestTimeout().toNanos();
  }

  /** Counts bytes of the request's body. */
  void received(long bytes) {
    bytesIn.add(bytes);
  }

  /** Counts bytes of the response's body. */
  void sent(long bytes) {
    bytesOut.add(bytes);
  }

  /** The answer has begun and may take long: what is reserved is renewed until the end. */
  void streams() {
    running.streams(this);
  }

  /** Renews what is reserved, and notes in the usage log what has been used so far. */
  void renew() {
    entry.checkpoint(amounts());
    if (!charges.isEmpty()) {
      limits.renew(principal.tenant().tenantId(), reservation, charges);
    }
  }

  private Amounts amounts() {
    return new Amounts(asked.route().view().weight(), bytesIn.sum(), bytesOut.sum(), 0, 0);
  }

  /** Ends it with what was counted; only the first call counts. */
  void end(Outcome outcome, int status) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    running.end(this);
    var amounts = amounts();
    entry.close(amounts, outcome, status);
    if (!charges.isEmpty()) {
      limits.settle(principal.tenant().tenantId(), reservation, charges, used(amounts));
    }
    var nanos = System.nanoTime() - began;
    asked.route().meters().ended(status, nanos, amounts.bytesIn(), amounts.bytesOut());
    var trace = asked.trace();
    if (trace != null) {
      trace.end(status, outcome);
    }
    accessLog.ended(this, amounts, outcome, status, nanos);
  }

  private long[] used(Amounts amounts) {
    var used = new long[charges.size()];
    for (int i = 0; i < used.length; i++) {
      var charge = charges.get(i);
      used[i] =
          charge.limit().meter().equals("bytes")
              ? amounts.bytesIn() + amounts.bytesOut()
              : charge.amount();
    }
    return used;
  }
}

package dev.tollgate.gateway.admission;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.limits.MemoryLimits;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Entry;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageMeter;
import dev.tollgate.crd.plan.OverageMode;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One admitted request: ends once, however it ends, and then settles what it reserved. */
public final class Admission {

  private final Limits limits;
  private final QuotaTracker quotas;
  private final Principal principal;
  private final Gate.Asked asked;
  private final Reservation reservation;
  private final Decision decision;
  private final String cycle;
  private final Entry entry;
  private final Running running;
  private final AccessLog accessLog;
  private final long began = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final AtomicReference<@Nullable Runnable> onEnd = new AtomicReference<>();
  private volatile @Nullable ModelUse model;
  private volatile @Nullable Runnable cutOff;
  private volatile boolean endless;

  /**
   * Of limits and quotas: the estimate, or what has been used when that is more; under the lock of
   * this.
   */
  private Amounts taken;

  Admission(
      Limits limits,
      QuotaTracker quotas,
      Principal principal,
      Gate.Asked asked,
      Reservation reservation,
      Decision decision,
      String cycle,
      Amounts estimate,
      Entry entry,
      Running running,
      AccessLog accessLog) {
    this.limits = limits;
    this.quotas = quotas;
    this.principal = principal;
    this.asked = asked;
    this.decision = decision;
    this.cycle = cycle;
    this.taken = estimate;
    this.entry = entry;
    this.reservation = reservation;
    this.running = running;
    this.accessLog = accessLog;
    running.begin(this);
  }

  /** Of the request, and of its usage record. */
  public String id() {
    return entry.id();
  }

  public Principal principal() {
    return principal;
  }

  Product product() {
    return asked.product();
  }

  /** What was left of the limits when it was admitted. */
  public Decision decision() {
    return decision;
  }

  /** Whether a limit or a quota that blocks counts by the meter what it uses. */
  public boolean counts(UsageMeter meter) {
    var sold = principal.tenant().plan().meters().get(meter.text());
    return (sold != null && sold.overage() == OverageMode.Block) || reservation.counts(meter);
  }

  public @Nullable Trace trace() {
    return asked.trace();
  }

  /** When it was admitted, on the scale of {@link System#nanoTime()}. */
  public long began() {
    return began;
  }

  /** When the whole of it must have been answered, on the same scale. */
  public long deadline() {
    return began + asked.product().timeout().toNanos();
  }

  /**
   * What a call to a language model has used so far.
   *
   * @param cost in millionths of the minor unit of the call's currency
   */
  public record ModelUse(long tokensIn, long tokensOut, long cost, ModelCall call) {}

  /** Says what a call to a language model has used so far; the last word before the end counts. */
  public void used(ModelUse use) {
    model = use;
  }

  /**
   * Notes in the usage log what has been used so far, in case this process does not see the end.
   */
  public void checkpoint() {
    var so = model;
    entry.checkpoint(amounts(), so == null ? null : so.call());
  }

  /** Counts bytes of the request's body. */
  public void received(long bytes) {
    bytesIn.add(bytes);
  }

  /** Counts bytes of the response's body. */
  public void sent(long bytes) {
    bytesOut.add(bytes);
  }

  /**
   * A body is under way and may take long: what is reserved is renewed until the end, and bytes are
   * paid for as they go.
   */
  public void streams() {
    running.streams(this);
  }

  /**
   * As above, of what can be cut off.
   *
   * @param endless whether nobody knows how long it will be: then it is cut off where a limit or a
   *     quota that blocks is passed; what has a length is let through to its end
   * @param cutOff ends it, also when its caller would not be let in any more
   */
  public void streams(boolean endless, Runnable cutOff) {
    this.endless = endless;
    this.cutOff = cutOff;
    streams();
  }

  /** Whether it may still run when what it has reserved expires. */
  boolean mayTakeLong() {
    return asked.product().timeout().compareTo(MemoryLimits.LEASE) >= 0;
  }

  boolean canBeCutOff() {
    return cutOff != null;
  }

  void cutOff() {
    var action = cutOff;
    if (action != null) {
      action.run();
    }
  }

  @Nullable String authorization() {
    return asked.authorization();
  }

  String address() {
    return asked.address();
  }

  /** Renews what is reserved, and notes in the usage log what has been used so far. */
  void renew() {
    checkpoint();
    pay(amounts());
  }

  /** Pays for the bytes that went since it last did, where they are limited or sold. */
  void payForBytes() {
    if (counts(UsageMeter.BYTES)) {
      var used = amounts();
      boolean more;
      synchronized (this) {
        more = UsageMeter.BYTES.in(used) > UsageMeter.BYTES.in(taken);
      }
      if (more) {
        pay(used);
      }
    }
  }

  /** Takes what has been used beyond what was reserved, and renews that. */
  private void pay(Amounts used) {
    CompletionStage<Boolean> within;
    synchronized (this) {
      if (ended.get()) {
        return;
      }
      take(taken.max(used));
      within = reservation.renew(limits, used);
    }
    if (!endless) {
      return;
    }
    if (quotas.passed(principal.tenant(), cycle)) {
      cutOff();
      return;
    }
    var _ =
        within.thenAccept(so -> {
          if (!so) {
            cutOff();
          }
        });
  }

  private void take(Amounts amounts) {
    quotas.settle(principal.tenant(), cycle, taken, amounts);
    taken = amounts;
  }

  private Amounts amounts() {
    var so = model;
    return so == null
        ? new Amounts(asked.product().weight(), bytesIn.sum(), bytesOut.sum())
        : new Amounts(
            asked.product().weight(),
            bytesIn.sum(),
            bytesOut.sum(),
            so.tokensIn(),
            so.tokensOut(),
            so.cost());
  }

  boolean hasEnded() {
    return ended.get();
  }

  /** Runs something once when it has ended; at once when it has. One thing an admission. */
  public void onEnd(Runnable action) {
    onEnd.set(action);
    if (ended.get()) {
      runOnEnd();
    }
  }

  private void runOnEnd() {
    var action = onEnd.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** Ends it with what was counted; only the first call counts. */
  public void end(Outcome outcome, int status) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    running.end(this);
    runOnEnd();
    var amounts = amounts();
    var so = model;
    entry.close(amounts, outcome, status, so == null ? null : so.call());
    synchronized (this) {
      take(amounts);
      reservation.settle(limits, amounts);
    }
    var nanos = System.nanoTime() - began;
    asked.product().meters().ended(status, nanos, amounts.bytesIn(), amounts.bytesOut());
    var trace = asked.trace();
    if (trace != null) {
      trace.end(status, outcome);
    }
    accessLog.ended(this, amounts, outcome, status, nanos);
  }
}

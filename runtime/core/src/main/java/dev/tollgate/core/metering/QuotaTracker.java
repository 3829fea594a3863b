package dev.tollgate.core.metering;

import dev.tollgate.core.limits.Allowance;
import dev.tollgate.core.metering.Ledger.TenantCycle;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.TenantView;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Units used of what a plan includes, of each of its meters, in the running cycle: what the ledger
 * holds, of all replicas, plus what this one has admitted and not yet shipped. What a request may
 * need is taken before it is served and corrected when it ends, so concurrent ones cannot
 * overspend; what other replicas admit is known a second later, and that second's worth is what a
 * quota can be exceeded by, where no Redis counts {@link #allowances} for all replicas together.
 */
public final class QuotaTracker implements UsageShipper.Observer {

  private static final Logger LOG = LoggerFactory.getLogger(QuotaTracker.class);
  private static final UsageMeter[] METERS = UsageMeter.values();
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_READ_SECONDS = 2;
  private static final CompletionStage<Void> READY = CompletableFuture.completedFuture(null);

  private static final Amounts NOTHING = new Amounts(0, 0, 0);

  private final Ledger ledger;
  private final Alerts alerts;
  private final Executor executor;
  private final Function<String, @Nullable TenantView> tenants;
  private final Map<String, Count> counts = new ConcurrentHashMap<>();

  /**
   * Tenants whose usage came from a process before this one, which may have been killed before it
   * told of a threshold; only the shipper's thread knows.
   */
  private final Set<String> unseen = new HashSet<>();

  private long refreshed = System.nanoTime();

  /** One tenant's cycle. */
  private static final class Count {
    final TenantCycle cycle;

    final Map<UsageMeter, Tally> tallies = new EnumMap<>(UsageMeter.class);
    final CompletableFuture<Void> read = new CompletableFuture<>();
    final long since = System.currentTimeMillis();
    volatile TenantView tenant;

    /** Something was refused since the ledger was read: a plan may have been made smaller. */
    volatile boolean refused;

    Count(TenantView tenant, TenantCycle cycle) {
      this.tenant = tenant;
      this.cycle = cycle;
      for (var meter : METERS) {
        tallies.put(meter, new Tally());
      }
    }

    Tally of(UsageMeter meter) {
      return Objects.requireNonNull(tallies.get(meter));
    }

    boolean changed() {
      return refused || tallies.values().stream().anyMatch(t -> t.taken.get() != t.refreshedAt);
    }
  }

  /** One meter of a cycle. */
  private static final class Tally {
    /** Taken by this process. */
    final AtomicLong taken = new AtomicLong();

    /** What is to be added to {@code taken}: the ledger's sum without what both have. */
    volatile long offset;

    /** What the ledger held when it was last read, of all replicas. */
    volatile long ledger;

    /** Of {@code taken}, what is in the ledger; only the shipper's thread knows. */
    long committed;

    long refreshedAt = -1;

    /** The last threshold that was told, of so many units included. */
    int alerted;

    long alertedOf;

    /** Returns what is used then. */
    long take(long units) {
      return (units == 0 ? taken.get() : taken.addAndGet(units)) + offset;
    }

    long used() {
      return taken.get() + offset;
    }
  }

  /** Who is told of a threshold that was reached. May block and throw; then it is told again. */
  public interface Alerts {

    /**
     * @param percent of what the plan includes
     * @param used units, as far as this replica knows
     * @param included units a cycle
     */
    void reached(
        TenantView tenant, String cycle, UsageMeter meter, int percent, long used, long included);
  }

  /**
   * @param alerts called before a threshold is noted in the ledger, by each replica that sees it
   * @param executor for reading the ledger at a tenant's first request
   * @param tenants those that are served, by id
   */
  public QuotaTracker(
      Ledger ledger,
      Alerts alerts,
      Executor executor,
      Function<String, @Nullable TenantView> tenants) {
    this.tenants = tenants;
    this.ledger = ledger;
    this.alerts = alerts;
    this.executor = executor;
  }

  /**
   * Completes when the ledger's count is known; at once but for a tenant's first request. A ledger
   * that does not answer within two seconds is not waited for: what was used then counts later.
   */
  public CompletionStage<Void> ready(TenantView tenant, String cycle) {
    return tenant.plan().meters().isEmpty() ? READY : count(tenant, cycle).read;
  }

  /**
   * Takes what a request may need at most; a problem, and nothing taken, when the plan blocks
   * beyond what it includes and too little is left.
   */
  public @Nullable Problem take(TenantView tenant, String cycle, Amounts estimate) {
    var sold = tenant.plan().meters();
    if (sold.isEmpty()) {
      return null;
    }
    var count = count(tenant, cycle);
    for (var meter : METERS) {
      var units = meter.in(estimate);
      var used = count.of(meter).take(units);
      var view = sold.get(meter.text());
      if (view == null || view.overage() != OverageMode.Block) {
        continue;
      }
      // how many bytes it will be is not known before, so the request that crosses the line passes
      var over =
          meter == UsageMeter.BYTES ? used >= view.included() : units > 0 && used > view.included();
      if (over) {
        for (var back : METERS) {
          if (back.compareTo(meter) <= 0) {
            var _ = count.of(back).take(-back.in(estimate));
          }
        }
        count.refused = true;
        return exhausted(tenant, view, cycle, used - units);
      }
    }
    return null;
  }

  /**
   * What all replicas together must count for a request: of each meter whose quota blocks, if the
   * request may use some of it.
   */
  public List<Allowance> allowances(TenantView tenant, String cycle, Amounts estimate) {
    var sold = tenant.plan().meters();
    if (sold.isEmpty()) {
      return List.of();
    }
    List<Allowance> allowances = new ArrayList<>(1);
    for (var meter : METERS) {
      var view = sold.get(meter.text());
      if (view == null || view.overage() != OverageMode.Block) {
        continue;
      }
      // of bytes one, since how many it will be is not known: the request that crosses the line
      // passes
      var units = meter == UsageMeter.BYTES ? 1 : meter.in(estimate);
      if (units > 0) {
        allowances.add(
            new Allowance(
                meter.text(),
                cycle,
                Cycle.start(cycle, tenant.zone()).toEpochMilli(),
                Cycle.end(cycle, tenant.zone()).toEpochMilli(),
                view.included(),
                units,
                count(tenant, cycle).of(meter).ledger));
      }
    }
    return allowances;
  }

  /** The answer to a request that found an allowance used up. */
  public Problem exhausted(TenantView tenant, Allowance.Exhausted exhausted) {
    var allowance = exhausted.allowance();
    var view = Objects.requireNonNull(tenant.plan().meters().get(allowance.meter()));
    return exhausted(tenant, view, allowance.cycle(), exhausted.used());
  }

  /** Whether more has been used by now than a quota that blocks includes. */
  public boolean passed(TenantView tenant, String cycle) {
    var count = counts.get(tenant.tenantId());
    if (count == null || !count.cycle.cycle().equals(cycle)) {
      return false;
    }
    for (var meter : METERS) {
      var view = tenant.plan().meters().get(meter.text());
      if (view != null
          && view.overage() == OverageMode.Block
          && count.of(meter).used() > view.included()) {
        return true;
      }
    }
    return false;
  }

  /** Corrects what was taken for a request by what it really used. */
  public void settle(TenantView tenant, String cycle, Amounts estimate, Amounts used) {
    var count = counts.get(tenant.tenantId());
    if (count == null || !count.cycle.cycle().equals(cycle)) {
      return; // of a cycle that is over; its ledger has it
    }
    for (var meter : METERS) {
      var difference = meter.in(used) - meter.in(estimate);
      if (difference != 0) {
        var _ = count.of(meter).take(difference);
      }
    }
  }

  private static Problem exhausted(TenantView tenant, MeterView meter, String cycle, long used) {
    var resets = Cycle.end(cycle, tenant.zone());
    return new Problem(
        429,
        "quota-exhausted",
        "Quota exhausted",
        "The plan "
            + tenant.plan().name()
            + " includes "
            + meter.included()
            + " "
            + meter.name()
            + " a month, and "
            + (used >= meter.included() ? "they are used up" : "too few are left for this")
            + "; the next month begins at "
            + resets
            + ".",
        Map.of("Retry-After", Long.toString(Instant.now().until(resets, ChronoUnit.SECONDS))),
        Map.of(
            "meter",
            meter.name(),
            "included",
            meter.included(),
            "used",
            used,
            "resetsAt",
            resets.toString()));
  }

  /** Units used, as far as this replica knows. */
  public long used(TenantView tenant, String cycle, UsageMeter meter) {
    return count(tenant, cycle).of(meter).used();
  }

  private Count count(TenantView tenant, String cycle) {
    var count = counts.get(tenant.tenantId());
    if (count == null || !count.cycle.cycle().equals(cycle)) {
      count =
          counts.compute(
              tenant.tenantId(),
              (id, old) ->
                  old != null && old.cycle.cycle().equals(cycle) ? old : begin(tenant, cycle));
    }
    count.tenant = tenant;
    return count;
  }

  private Count begin(TenantView tenant, String cycle) {
    var fresh = new Count(tenant, new TenantCycle(tenant.tenantId(), cycle));
    var _ =
        CompletableFuture.supplyAsync(
                () -> ledger.totals(tenant.shard(), List.of(fresh.cycle)), executor)
            .orTimeout(FIRST_READ_SECONDS, TimeUnit.SECONDS)
            .whenComplete((sums, failure) -> {
              if (sums != null) {
                var sum = sums.getOrDefault(fresh.cycle, NOTHING);
                for (var meter : METERS) {
                  var tally = fresh.of(meter);
                  tally.offset = meter.in(sum);
                  tally.ledger = meter.in(sum);
                }
              }
              fresh.read.complete(null);
            });
    return fresh;
  }

  @Override
  public void committed(List<UsageRecord> records) {
    for (var record : records) {
      var opening = record.opening();
      var count = counts.get(opening.tenantId());
      if (count == null) {
        unseen.add(opening.tenantId());
      }
      // what was admitted before is in the ledger alone
      if (count != null
          && opening.startedMillis() >= count.since
          && count.cycle.cycle().equals(opening.cycle())) {
        for (var meter : METERS) {
          count.of(meter).committed += meter.in(record.amounts());
        }
      }
    }
  }

  /** Once a second takes over what the ledger holds of tenants that were active since. */
  @Override
  public void shipped() {
    if (System.nanoTime() - refreshed < REFRESH_NANOS) {
      return;
    }
    refreshed = System.nanoTime();
    unseen.removeIf(this::follow);
    refresh();
  }

  @Override
  public void ended() {
    refresh();
  }

  /** False while a tenant is not served, as before the first manifests were read. */
  private boolean follow(String tenantId) {
    var tenant = tenants.apply(tenantId);
    if (tenant != null && !tenant.plan().meters().isEmpty()) {
      var _ = count(tenant, Cycle.at(System.currentTimeMillis(), tenant.zone()));
    }
    return tenant != null;
  }

  private void refresh() {
    Map<String, List<Count>> byShard = new HashMap<>();
    for (var count : counts.values()) {
      if (count.read.isDone() && count.changed()) {
        byShard.computeIfAbsent(count.tenant.shard(), s -> new ArrayList<>()).add(count);
      }
    }
    byShard.forEach((shard, active) -> {
      try {
        refresh(shard, active);
      } catch (RuntimeException e) {
        LOG.debug("the totals of shard {} are not refreshed", shard, e);
      }
    });
  }

  private void refresh(String shard, List<Count> active) {
    var sums = ledger.totals(shard, active.stream().map(c -> c.cycle).toList());
    for (var count : active) {
      count.refused = false;
      var sum = sums.getOrDefault(count.cycle, NOTHING);
      for (var meter : METERS) {
        var tally = count.of(meter);
        var taken = tally.taken.get();
        // exact, since only this thread commits
        tally.offset = meter.in(sum) - tally.committed;
        tally.ledger = meter.in(sum);
        if (tally.committed == taken) {
          tally.refreshedAt = taken;
        }
        alert(shard, count, meter);
      }
    }
  }

  private void alert(String shard, Count count, UsageMeter meter) {
    var sold = count.tenant.plan().meters().get(meter.text());
    if (sold == null || sold.included() <= 0) {
      return;
    }
    var tally = count.of(meter);
    var used = tally.used();
    if (tally.alertedOf != sold.included()) {
      tally.alerted = 0;
      tally.alertedOf = sold.included();
    }
    for (var threshold : sold.thresholds()) {
      if (reached(used, sold.included(), threshold) && threshold > tally.alerted) {
        if (!tell(count, meter, threshold, used, sold.included())) {
          return;
        }
        if (ledger.alert(shard, count.cycle, meter.text(), threshold, sold.included())) {
          LOG.info(
              "Tenant {} has used {} % of the {} that its plan includes",
              count.tenant.name(), threshold, meter.text());
        }
        tally.alerted = threshold;
      }
    }
  }

  /** False when it did not work: it is tried again a second later. */
  private boolean tell(Count count, UsageMeter meter, int threshold, long used, long included) {
    try {
      alerts.reached(count.tenant, count.cycle.cycle(), meter, threshold, used, included);
      return true;
    } catch (RuntimeException e) {
      LOG.debug("an alert of tenant {} waits", count.tenant.name(), e);
      count.of(meter).refreshedAt = -1;
      return false;
    }
  }

  /** Whether {@code used} is at least that part of {@code included}, whatever their size. */
  public static boolean reached(long used, long included, int percent) {
    return BigInteger.valueOf(used)
            .multiply(BigInteger.valueOf(100))
            .compareTo(BigInteger.valueOf(included).multiply(BigInteger.valueOf(percent)))
        >= 0;
  }
}

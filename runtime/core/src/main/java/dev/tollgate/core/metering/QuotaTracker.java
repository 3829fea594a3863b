package dev.tollgate.core.metering;

import dev.tollgate.core.metering.Ledger.TenantCycle;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.resolve.MeterView;
import dev.tollgate.crd.resolve.TenantView;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests used of what a plan includes, in the running cycle: what the ledger holds, of all
 * replicas, plus what this one has admitted and not yet shipped. A request is taken before it is
 * served, so concurrent ones cannot overspend; what other replicas admit is known a second later,
 * and that second's worth is what a quota can be exceeded by.
 */
public final class QuotaTracker implements UsageShipper.Observer {

  private static final Logger LOG = LoggerFactory.getLogger(QuotaTracker.class);
  private static final String METER = "requests";
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FIRST_READ_SECONDS = 2;
  private static final CompletionStage<Void> READY = CompletableFuture.completedFuture(null);

  private final Ledger ledger;
  private final Executor executor;
  private final long since = System.currentTimeMillis();
  private final Map<String, Count> counts = new ConcurrentHashMap<>();
  private long refreshed = System.nanoTime();

  /** One tenant's cycle. */
  private static final class Count {
    final TenantCycle cycle;

    /** Taken by this process. */
    final AtomicLong taken = new AtomicLong();

    final CompletableFuture<Void> read = new CompletableFuture<>();

    /** What is to be added to {@code taken}: the ledger's sum without what both have. */
    volatile long offset;

    volatile TenantView tenant;

    /** Of {@code taken}, what is in the ledger; only the shipper's thread knows. */
    long committed;

    long refreshedAt = -1;
    int alerted;

    Count(TenantView tenant, TenantCycle cycle) {
      this.tenant = tenant;
      this.cycle = cycle;
    }

    long used() {
      return taken.get() + offset;
    }
  }

  /**
   * @param executor for reading the ledger at a tenant's first request
   */
  public QuotaTracker(Ledger ledger, Executor executor) {
    this.ledger = ledger;
    this.executor = executor;
  }

  /**
   * Completes when the ledger's count is known; at once but for a tenant's first request. A ledger
   * that does not answer within two seconds is not waited for: what was used then counts later.
   */
  public CompletionStage<Void> ready(TenantView tenant, String cycle) {
    return tenant.plan().meters().containsKey(METER) ? count(tenant, cycle).read : READY;
  }

  /** Takes units; a problem when the plan blocks beyond what it includes and nothing is left. */
  public @Nullable Problem take(TenantView tenant, String cycle, long units) {
    var meter = tenant.plan().meters().get(METER);
    if (meter == null) {
      return null;
    }
    var count = count(tenant, cycle);
    var used = count.taken.addAndGet(units) + count.offset;
    if (meter.overage() != OverageMode.Block || used <= meter.included()) {
      return null;
    }
    count.taken.addAndGet(-units);
    return exhausted(tenant, meter, cycle, used - units);
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
            + " requests a month, and they are used up; the next month begins at "
            + resets
            + ".",
        Map.of("Retry-After", Long.toString(Instant.now().until(resets, ChronoUnit.SECONDS))),
        Map.of(
            "meter",
            METER,
            "included",
            meter.included(),
            "used",
            used,
            "resetsAt",
            resets.toString()));
  }

  /** Gives back what was taken for a request that was not admitted after all. */
  public void giveBack(TenantView tenant, String cycle, long units) {
    if (tenant.plan().meters().containsKey(METER)) {
      count(tenant, cycle).taken.addAndGet(-units);
    }
  }

  /** Units used, as far as this replica knows. */
  public long used(TenantView tenant, String cycle) {
    return count(tenant, cycle).used();
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
    if (count.tenant != tenant) {
      count.tenant = tenant;
    }
    return count;
  }

  private Count begin(TenantView tenant, String cycle) {
    var fresh = new Count(tenant, new TenantCycle(tenant.tenantId(), cycle));
    var _ =
        CompletableFuture.supplyAsync(
                () -> ledger.requests(tenant.shard(), List.of(fresh.cycle)), executor)
            .orTimeout(FIRST_READ_SECONDS, TimeUnit.SECONDS)
            .whenComplete((sums, failure) -> {
              if (sums != null) {
                fresh.offset = sums.getOrDefault(fresh.cycle, 0L);
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
      // what an earlier process admitted is in the ledger alone
      if (count != null
          && opening.startedMillis() >= since
          && count.cycle.cycle().equals(opening.cycle())) {
        count.committed += record.amounts().requests();
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
    Map<String, List<Count>> byShard = new HashMap<>();
    for (var count : counts.values()) {
      if (count.read.isDone() && count.taken.get() != count.refreshedAt) {
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
    var sums = ledger.requests(shard, active.stream().map(c -> c.cycle).toList());
    for (var count : active) {
      var taken = count.taken.get();
      // exact, since only this thread commits
      count.offset = sums.getOrDefault(count.cycle, 0L) - count.committed;
      if (count.committed == taken) {
        count.refreshedAt = taken;
      }
      alert(shard, count);
    }
  }

  private void alert(String shard, Count count) {
    var meter = count.tenant.plan().meters().get(METER);
    if (meter == null || meter.included() <= 0) {
      return;
    }
    var used = count.used();
    for (var threshold : meter.alertPercents()) {
      if (reached(used, meter.included(), threshold) && threshold > count.alerted) {
        if (ledger.alert(shard, count.cycle, METER, threshold)) {
          LOG.info(
              "Tenant {} has used {} % of the requests that its plan includes",
              count.tenant.name(), threshold);
        }
        count.alerted = threshold;
      }
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

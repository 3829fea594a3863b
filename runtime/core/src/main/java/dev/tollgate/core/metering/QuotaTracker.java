package dev.tollgate.core.metering;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.resolve.TenantView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Requests used of what a plan includes, in the running cycle. Begins with what the ledger says,
 * read in the background at a tenant's first request, and counts on from there; a request is taken
 * before it is served, so that concurrent ones cannot overspend this replica's count.
 */
public final class QuotaTracker {

  private static final String METER = "requests";

  /** Units that the ledger holds of a tenant's cycle; may block. */
  public interface Totals {
    long requests(TenantView tenant, String cycle);
  }

  private final Totals totals;
  private final Executor executor;
  private final Map<String, Count> counts = new ConcurrentHashMap<>();

  private static final class Count {
    final String cycle;
    final AtomicLong used = new AtomicLong();

    Count(String cycle) {
      this.cycle = cycle;
    }
  }

  /**
   * @param executor for reading the ledger
   */
  public QuotaTracker(Totals totals, Executor executor) {
    this.totals = totals;
    this.executor = executor;
  }

  /** Takes units; a problem when the plan blocks beyond what it includes and nothing is left. */
  public @Nullable Problem take(TenantView tenant, String cycle, long units) {
    var meter = tenant.plan().meters().get(METER);
    if (meter == null) {
      return null;
    }
    var count = count(tenant, cycle);
    var used = count.used.addAndGet(units);
    if (meter.overage() != OverageMode.Block || used <= meter.included()) {
      return null;
    }
    count.used.addAndGet(-units);
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
            used - units,
            "resetsAt",
            resets.toString()));
  }

  /** Gives back what was taken for a request that was not admitted after all. */
  public void giveBack(TenantView tenant, String cycle, long units) {
    if (tenant.plan().meters().containsKey(METER)) {
      count(tenant, cycle).used.addAndGet(-units);
    }
  }

  /** Units used, as far as this replica knows. */
  public long used(TenantView tenant, String cycle) {
    return count(tenant, cycle).used.get();
  }

  private Count count(TenantView tenant, String cycle) {
    var count = counts.get(tenant.tenantId());
    if (count != null && count.cycle.equals(cycle)) {
      return count;
    }
    return counts.compute(
        tenant.tenantId(),
        (id, old) -> {
          if (old != null && old.cycle.equals(cycle)) {
            return old;
          }
          var fresh = new Count(cycle);
          var _ =
              CompletableFuture.runAsync(
                  () -> fresh.used.addAndGet(totals.requests(tenant, cycle)), executor);
          return fresh;
        });
  }
}

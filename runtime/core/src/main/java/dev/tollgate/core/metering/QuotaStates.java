package dev.tollgate.core.metering;

import dev.tollgate.core.metering.Ledger.TenantCycle;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.TenantView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far tenants have come into what their plans include, by the ledger alone, so that any replica
 * tells the same. Only tenants that a threshold was noted for are looked up; what the others have
 * used is not read. Any thread that may block.
 */
public final class QuotaStates {

  private static final Logger LOG = LoggerFactory.getLogger(QuotaStates.class);
  private static final Amounts NOTHING = new Amounts(0, 0, 0);

  private final Ledger ledger;

  /** By shard: what is told while its database is away. */
  private final Map<String, Map<String, QuotaState>> last = new ConcurrentHashMap<>();

  public QuotaStates(Ledger ledger) {
    this.ledger = ledger;
  }

  /**
   * How tenants stand.
   *
   * @param states of those that are no longer well within what is included, by name
   * @param unknown names of those whose shard has not answered since this process began
   */
  public record Reached(SortedMap<String, QuotaState> states, SortedSet<String> unknown) {}

  /** Asks all shards at the same time, so that those that are away are waited for together. */
  public Reached reached(Collection<TenantView> tenants, long nowMillis) {
    Map<String, List<TenantView>> byShard = new HashMap<>();
    for (var tenant : tenants) {
      byShard.computeIfAbsent(tenant.shard(), s -> new ArrayList<>()).add(tenant);
    }
    var states = new ConcurrentSkipListMap<String, QuotaState>();
    var unknown = new ConcurrentSkipListSet<String>();
    try (var shards = Executors.newVirtualThreadPerTaskExecutor()) {
      byShard.forEach((shard, placed) ->
          shards.execute(() -> {
            var now = of(shard, placed, nowMillis);
            if (now == null) {
              placed.forEach(tenant -> unknown.add(tenant.name()));
            } else {
              states.putAll(now);
            }
          }));
    }
    return new Reached(states, unknown);
  }

  /** Null where nothing is known of the shard. */
  private @Nullable Map<String, QuotaState> of(
      String shard, List<TenantView> tenants, long nowMillis) {
    try {
      var now = read(shard, tenants, nowMillis);
      last.put(shard, now);
      return now;
    } catch (RuntimeException e) {
      LOG.debug("shard {} does not answer, its quotas are told as they were", shard, e);
      return last.get(shard);
    }
  }

  private Map<String, QuotaState> read(String shard, List<TenantView> tenants, long nowMillis) {
    Map<TenantCycle, TenantView> running = new HashMap<>();
    for (var tenant : tenants) {
      running.put(new TenantCycle(tenant.tenantId(), Cycle.at(nowMillis, tenant.zone())), tenant);
    }
    Set<TenantCycle> alerted =
        ledger.alerted(
            shard,
            running.keySet().stream().map(TenantCycle::cycle).min(String::compareTo).orElse(""));
    running.keySet().retainAll(alerted);
    if (running.isEmpty()) {
      return Map.of();
    }
    var totals = ledger.totals(shard, List.copyOf(running.keySet()));
    Map<String, QuotaState> states = new HashMap<>();
    running.forEach((cycle, tenant) -> {
      var state = state(tenant.plan().meters().values(), totals.getOrDefault(cycle, NOTHING));
      if (state != QuotaState.WithinIncluded) {
        states.put(tenant.name(), state);
      }
    });
    return states;
  }

  /** The worst of all meters. */
  static QuotaState state(Collection<MeterView> sold, Amounts used) {
    var worst = QuotaState.WithinIncluded;
    for (var meter : sold) {
      var measured = UsageMeter.of(meter.name());
      if (measured == null || meter.included() <= 0) {
        continue;
      }
      var units = measured.in(used);
      if (units >= meter.included()) {
        if (meter.overage() == OverageMode.Block) {
          return QuotaState.Blocked;
        }
        worst = QuotaState.Alerted;
      } else if (meter.alertPercents().stream()
          .anyMatch(percent -> QuotaTracker.reached(units, meter.included(), percent))) {
        worst = QuotaState.Alerted;
      }
    }
    return worst;
  }
}

package dev.tollgate.billing.usage;

import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.metering.Ledger.TenantCycle;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageMeter;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the ledger holds of a cycle, by meter. */
public final class LedgerTotals {

  private static final Amounts NOTHING = new Amounts(0, 0, 0, 0, 0, 0);

  private final Ledger ledger;

  public LedgerTotals(Ledger ledger) {
    this.ledger = ledger;
  }

  /** Units by meter; every meter is there. */
  public Map<String, Long> of(String shard, String tenantId, String cycle) {
    var asked = new TenantCycle(tenantId, cycle);
    return units(ledger.totals(shard, List.of(asked)).getOrDefault(asked, NOTHING));
  }

  /**
   * Units by meter that were used on other plans than one, or on that one at other prices, in what
   * began before a moment; every meter is there.
   *
   * @param revision of the plan's prices
   */
  public Map<String, Long> onOtherPlans(
      String shard, String tenantId, String cycle, String plan, String revision, Instant before) {
    var asked = new TenantCycle(tenantId, cycle);
    return units(ledger.onOtherPlans(shard, asked, plan, revision, before));
  }

  private static Map<String, Long> units(Amounts amounts) {
    Map<String, Long> units = new HashMap<>();
    for (var meter : UsageMeter.values()) {
      units.put(meter.text(), meter.in(amounts));
    }
    return units;
  }
}

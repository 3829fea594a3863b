package dev.tollgate.crd.view;

import dev.tollgate.crd.plan.OverageMode;
import java.util.ArrayList;
import java.util.List;

/** One meter of a plan. */
public record MeterView(
    String name,
    long included,
    OverageMode overage,
    List<TierView> tiers,
    List<Integer> alertPercents) {

  private static final int ALL = 100;

  /**
   * Percentages of what is included at which the tenant is told, in rising order: those that the
   * plan names, and 100 where more is refused, so that nobody is refused without having been told.
   */
  public List<Integer> thresholds() {
    if (overage != OverageMode.Block || alertPercents.contains(ALL)) {
      return alertPercents;
    }
    List<Integer> all = new ArrayList<>(alertPercents);
    all.add(ALL);
    all.sort(null);
    return List.copyOf(all);
  }
}

package dev.tollgate.crd.resolve;

import dev.tollgate.crd.plan.OverageMode;
import java.util.List;

/** One meter of a plan. */
public record MeterView(
    String name,
    long included,
    OverageMode overage,
    List<TierView> tiers,
    List<Integer> alertPercents) {}

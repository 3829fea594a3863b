package dev.tollgate.operator.plan;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanStatus;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges Plans. */
public final class PlanReconciler extends JudgedReconciler<Plan, PlanStatus> {

  public PlanReconciler(Surroundings around) {
    super(around, null, Plan::new);
  }

  /** Where it is billed, when a change of it counts: the tenants' bills do not change at once. */
  @Override
  protected String valid(Plan plan) {
    var shared = around().resolution().shared();
    var view = shared.plans().get(plan.getMetadata().getName());
    var billed =
        shared.billing() != null
            && view != null
            && (view.price() > 0
                || view.meters().values().stream().anyMatch(m -> m.overage() == OverageMode.Bill));
    return billed
        ? "Valid. Another price, other tiers or included units are billed to each tenant from its"
            + " next cycle on."
        : super.valid(plan);
  }

  @Override
  protected PlanStatus status(Plan plan, @Nullable Long generation, List<Condition> conditions) {
    return new PlanStatus(generation, conditions);
  }
}

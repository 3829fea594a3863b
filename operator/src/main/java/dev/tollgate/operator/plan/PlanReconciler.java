package dev.tollgate.operator.plan;

import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanStatus;
import dev.tollgate.operator.resolution.Surroundings;

/** Judges Plans. */
public final class PlanReconciler extends JudgedReconciler<Plan, PlanStatus> {

  public PlanReconciler(Surroundings around) {
    super(around, Plan::new, PlanStatus::conditions, PlanStatus::new);
  }
}

package dev.tollgate.operator.plan;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanStatus;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges Plans. */
public final class PlanReconciler extends JudgedReconciler<Plan, PlanStatus> {

  public PlanReconciler(Surroundings around) {
    super(around, null, Plan::new, PlanStatus::conditions);
  }

  @Override
  protected PlanStatus status(Plan plan, @Nullable Long generation, List<Condition> conditions) {
    return new PlanStatus(generation, conditions);
  }
}

package dev.tollgate.operator.plan;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.limit.RateLimitPolicyStatus;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges RateLimitPolicies. */
public final class RateLimitPolicyReconciler
    extends JudgedReconciler<RateLimitPolicy, RateLimitPolicyStatus> {

  public RateLimitPolicyReconciler(Surroundings around) {
    super(around, null, RateLimitPolicy::new);
  }

  @Override
  protected RateLimitPolicyStatus status(
      RateLimitPolicy policy, @Nullable Long generation, List<Condition> conditions) {
    return new RateLimitPolicyStatus(generation, conditions);
  }
}

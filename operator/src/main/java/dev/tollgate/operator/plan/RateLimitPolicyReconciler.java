package dev.tollgate.operator.plan;

import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.limit.RateLimitPolicyStatus;
import dev.tollgate.operator.resolution.Surroundings;

/** Judges RateLimitPolicies. */
public final class RateLimitPolicyReconciler
    extends JudgedReconciler<RateLimitPolicy, RateLimitPolicyStatus> {

  public RateLimitPolicyReconciler(Surroundings around) {
    super(
        around,
        RateLimitPolicy::new,
        RateLimitPolicyStatus::conditions,
        RateLimitPolicyStatus::new);
  }
}

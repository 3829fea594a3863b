package dev.tollgate.crd.plan;

/** How often a plan is charged. */
public enum BillingPeriod {
  Month
}

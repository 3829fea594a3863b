package dev.tollgate.crd.billing;

/** What becomes of the running cycle when a tenant gets another plan; the words are Stripe's. */
public enum PlanChange {
  /** The new plan holds at once; the difference of the fees is on the cycle's invoice. */
  CreateProrations,
  /** The new plan holds at once; the difference of the fees is invoiced at once. */
  AlwaysInvoice,
  /** The new plan's prices of usage hold at once, its fee from the next cycle on. */
  None,
  /** The new plan holds from the next cycle on. */
  NextCycle
}

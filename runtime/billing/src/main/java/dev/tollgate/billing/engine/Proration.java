package dev.tollgate.billing.engine;

/** What becomes of the fee of a period in which a subscription gets other terms. */
public enum Proration {
  /**
   * The rest of the period is given back at the old fee and charged at the new, on the next
   * invoice.
   */
  NEXT_INVOICE,
  /** The same, on an invoice of its own at once. */
  INVOICE_NOW,
  /** The new fee is charged from the next period on. */
  NONE
}

package dev.tollgate.billing.engine;

import org.jspecify.annotations.Nullable;

/**
 * A refund or a dispute as it is now.
 *
 * @param kind {@link #REFUND} or {@link #DISPUTE}
 * @param customer of the payment; empty when it has none
 * @param state in the engine's words
 * @param invoice what was paid with the payment; null when it was none, or is not known
 */
public record Adjustment(
    String id,
    String kind,
    String customer,
    String state,
    String currency,
    long amount,
    String reason,
    @Nullable String invoice) {

  public static final String REFUND = "refund";
  public static final String DISPUTE = "dispute";

  /** What to look at to see it anew. */
  public Notice.Subject subject() {
    return kind.equals(DISPUTE) ? new Notice.Subject.Dispute(id) : new Notice.Subject.Refund(id);
  }
}

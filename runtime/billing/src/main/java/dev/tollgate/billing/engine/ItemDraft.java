package dev.tollgate.billing.engine;

import org.jspecify.annotations.Nullable;

/**
 * A line on an invoice.
 *
 * @param mark by which it is found again
 * @param subscription on whose next invoice it goes; null with {@code invoice}, or where the next
 *     one of the customer is meant
 * @param invoice the draft it goes on
 * @param amount whole steps of the currency; below zero gives back
 */
public record ItemDraft(
    String mark,
    String customer,
    @Nullable String subscription,
    @Nullable String invoice,
    String currency,
    long amount,
    String description) {

  /** The same on a draft, under a mark of its own. */
  public ItemDraft on(String draft) {
    return new ItemDraft(mark + "/charge", customer, null, draft, currency, amount, description);
  }
}

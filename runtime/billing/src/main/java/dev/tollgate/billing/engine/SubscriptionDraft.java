package dev.tollgate.billing.engine;

import dev.tollgate.billing.price.Terms;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A subscription to be made.
 *
 * @param revision of the plan's prices, as usage records have it; null in notes of an earlier
 *     version
 * @param starts when it began, in the past; null for now
 * @param anchor first end of a period, midnight of the first of a month in the tenant's zone; what
 *     lies before it is charged in proportion
 * @param daysUntilDue of invoices while there is no payment method on file
 */
public record SubscriptionDraft(
    String tenantId,
    String customer,
    Terms terms,
    @Nullable String revision,
    @Nullable Instant starts,
    Instant anchor,
    int daysUntilDue) {

  /** The same, begun in the past. */
  public SubscriptionDraft since(Instant moment) {
    return new SubscriptionDraft(tenantId, customer, terms, revision, moment, anchor, daysUntilDue);
  }
}

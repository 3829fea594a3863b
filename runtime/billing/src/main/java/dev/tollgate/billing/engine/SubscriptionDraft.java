package dev.tollgate.billing.engine;

import dev.tollgate.billing.price.Terms;
import java.time.Instant;

/**
 * A subscription to be made.
 *
 * @param anchor first end of a period; periods are months from there
 * @param trial nothing is charged until the anchor
 * @param daysUntilDue of invoices while there is no payment method on file
 */
public record SubscriptionDraft(
    String tenantId,
    String customer,
    Terms terms,
    Instant anchor,
    boolean trial,
    int daysUntilDue) {}

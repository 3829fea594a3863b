package dev.tollgate.billing.engine;

/**
 * An invoice between the periods' own.
 *
 * @param mark by which it is found again
 */
public record InvoiceDraft(
    String mark, String customer, String currency, int daysUntilDue, String description) {}

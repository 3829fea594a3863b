package dev.tollgate.billing.engine;

/**
 * A refund or a dispute as it is now.
 *
 * @param kind {@code refund} or {@code dispute}
 * @param state in the engine's words
 */
public record Adjustment(
    String id,
    String kind,
    String customer,
    String state,
    String currency,
    long amount,
    String reason) {}

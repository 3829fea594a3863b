package dev.tollgate.billing.engine;

import java.time.Instant;

/**
 * Units used.
 *
 * @param identifier of the event, for ever
 * @param at when they count as used
 */
public record UsageEvent(
    String identifier, String customer, String meter, long units, Instant at) {}

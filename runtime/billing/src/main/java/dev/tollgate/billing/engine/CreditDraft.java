package dev.tollgate.billing.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Credit that is used before anything is collected.
 *
 * @param mark by which it is found again
 * @param expires null for never
 */
public record CreditDraft(
    String mark,
    String customer,
    String name,
    String currency,
    long amount,
    @Nullable Instant expires) {}

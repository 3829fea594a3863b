package dev.tollgate.crd.view;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Retries: {@code on} holds ConnectFailure, Reset, Timeout and statuses; {@code timeout} is of one
 * try, null where it has all that is left of the request's.
 */
public record RetryView(
    int attempts, Set<String> on, int budgetPercent, @Nullable Duration timeout) {}

package dev.tollgate.crd.resolve;

import java.util.Set;

/** Retries: {@code on} holds ConnectFailure, Reset, Timeout and statuses. */
public record RetryView(int attempts, Set<String> on, int budgetPercent) {}

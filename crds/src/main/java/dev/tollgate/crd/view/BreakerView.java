package dev.tollgate.crd.view;

import java.time.Duration;

/** A circuit breaker. */
public record BreakerView(
    int failurePercent, Duration window, int minimumCalls, Duration openFor) {}

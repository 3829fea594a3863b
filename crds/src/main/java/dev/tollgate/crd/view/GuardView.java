package dev.tollgate.crd.view;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bounds for every variant but the control; {@code rollback} is false where crossing one is only
 * told.
 */
public record GuardView(
    @Nullable Integer errorPercent,
    @Nullable Duration latencyP95,
    @Nullable Duration firstTokenP95,
    long minimumCalls,
    boolean rollback) {}

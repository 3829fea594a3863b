package dev.tollgate.core.store;

import io.micronaut.core.annotation.Introspected;

/** Requests that were refused for a reason. */
@Introspected
record RefusalSum(String reason, long count) {}

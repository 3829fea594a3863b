/**
 * Rate limits, budgets, concurrency, fair queues. The arithmetic is {@code engine.limit}; here are
 * the counters, by tenant, in memory or in Redis. Any thread may enter; none is ever blocked.
 * Stages that waited for Redis complete on one of Lettuce's threads.
 */
@NullMarked
package dev.tollgate.core.limits;

import org.jspecify.annotations.NullMarked;

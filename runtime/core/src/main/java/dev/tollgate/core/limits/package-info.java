/** Rate limits, budgets, concurrency, fair queues. */
@NullMarked
package dev.tollgate.core.limits;

import org.jspecify.annotations.NullMarked;

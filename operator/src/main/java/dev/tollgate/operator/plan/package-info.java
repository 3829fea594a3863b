/**
 * Plan, and RateLimitPolicy that goes with it: kinds that run nothing and are only judged. Entered
 * by the controllers' threads; writes status alone.
 */
@NullMarked
package dev.tollgate.operator.plan;

import org.jspecify.annotations.NullMarked;

/**
 * The arithmetic of limits: buckets that drain, calendar windows, leases. Knows neither tenants nor
 * Redis. Its objects are not thread-safe: the owner of a {@link Counter} locks.
 */
@NullMarked
package dev.tollgate.engine.limit;

import org.jspecify.annotations.NullMarked;

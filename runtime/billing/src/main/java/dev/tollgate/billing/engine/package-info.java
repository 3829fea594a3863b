/**
 * The port to whoever keeps customers, writes invoices and collects: Stripe today. Everything here
 * blocks; worker threads only, never an event loop.
 */
@NullMarked
package dev.tollgate.billing.engine;

import org.jspecify.annotations.NullMarked;

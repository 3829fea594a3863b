/** The billing engine Stripe, by its Java library. Blocks; worker threads only. */
@NullMarked
package dev.tollgate.billing.stripe;

import org.jspecify.annotations.NullMarked;

/** Tests of billing: the real database, and Stripe as far as it is used, with its rules. */
@NullUnmarked
package dev.tollgate.billing;

import org.jspecify.annotations.NullUnmarked;

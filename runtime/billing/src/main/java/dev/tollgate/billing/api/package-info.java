/** What tenants, Stripe and the operator ask over HTTP. Blocking threads. */
@NullMarked
package dev.tollgate.billing.api;

import org.jspecify.annotations.NullMarked;

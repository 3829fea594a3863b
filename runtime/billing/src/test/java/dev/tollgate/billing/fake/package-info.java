/**
 * Stripe as far as billing uses it, with its rules. Everything is done under the lock of {@link
 * dev.tollgate.billing.fake.FakeStripe}; its server takes requests on threads of its own.
 */
@NullUnmarked
package dev.tollgate.billing.fake;

import org.jspecify.annotations.NullUnmarked;

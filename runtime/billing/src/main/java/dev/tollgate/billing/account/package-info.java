/** Tenants as customers: their subscription, and the terms of each cycle. The worker's thread. */
@NullMarked
package dev.tollgate.billing.account;

import org.jspecify.annotations.NullMarked;

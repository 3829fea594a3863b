/**
 * What tenants owe and how they pay it: prices, usage on its way to an invoice, orders, and the
 * engine that collects (Stripe). Depends on core and engine only.
 */
@NullMarked
package dev.tollgate.billing;

import org.jspecify.annotations.NullMarked;

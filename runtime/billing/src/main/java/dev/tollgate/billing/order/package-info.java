/**
 * Invoices as orders that are open, paid or overdue; what webhooks say, and what follows from it.
 * Worker and request threads; rows are locked in the database.
 */
@NullMarked
package dev.tollgate.billing.order;

import org.jspecify.annotations.NullMarked;

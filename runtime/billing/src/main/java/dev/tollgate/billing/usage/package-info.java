/** Usage of the ledger on its way to the meters and invoices of the engine. The worker's thread. */
@NullMarked
package dev.tollgate.billing.usage;

import org.jspecify.annotations.NullMarked;

/** Billing providers: who sends the invoices and takes the money. */
@NullMarked
package dev.tollgate.crd.billing;

import org.jspecify.annotations.NullMarked;

/**
 * Rows of billing in the platform database, and effects that are noted before they are asked for.
 * Blocks; worker threads only.
 */
@NullMarked
package dev.tollgate.billing.store;

import org.jspecify.annotations.NullMarked;

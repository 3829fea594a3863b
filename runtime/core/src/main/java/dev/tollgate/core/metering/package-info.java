/**
 * Every admitted request on exactly one usage record: the log that event loops write to, which is
 * memory alone for them, and its way into the ledger on the thread of the shipper. What reads or
 * writes the ledger blocks.
 */
@NullMarked
package dev.tollgate.core.metering;

import org.jspecify.annotations.NullMarked;

/**
 * What usage costs, from the plan's terms alone: integers in millionths of the ISO 4217 minor unit.
 * Pure; any thread.
 */
@NullMarked
package dev.tollgate.billing.price;

import org.jspecify.annotations.NullMarked;

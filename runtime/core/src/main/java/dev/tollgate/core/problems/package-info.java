/**
 * Errors as RFC 9457 has them, before they are written in the format of the protocol at hand.
 * Immutable; any thread.
 */
@NullMarked
package dev.tollgate.core.problems;

import org.jspecify.annotations.NullMarked;

/** Errors in the format of the protocol at hand. */
@NullMarked
package dev.tollgate.core.problems;

import org.jspecify.annotations.NullMarked;

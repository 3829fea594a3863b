/** The operator against a real API server. */
@NullMarked
package dev.tollgate.operator;

import org.jspecify.annotations.NullMarked;

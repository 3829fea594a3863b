/** Reconciles the custom resources. */
@NullMarked
package dev.tollgate.operator;

import org.jspecify.annotations.NullMarked;

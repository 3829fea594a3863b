/** Plan: conditions. */
@NullMarked
package dev.tollgate.operator.plan;

import org.jspecify.annotations.NullMarked;

/**
 * Reconciles the custom resources: the process, its election and its health, and what every
 * reconciler needs. A package for each group of kinds says what is made of it.
 */
@NullMarked
package dev.tollgate.operator;

import org.jspecify.annotations.NullMarked;

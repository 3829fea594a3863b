/** How the operator and the replicas of gateway pools know each other, and calls to replicas. */
@NullMarked
package dev.tollgate.operator.management;

import org.jspecify.annotations.NullMarked;

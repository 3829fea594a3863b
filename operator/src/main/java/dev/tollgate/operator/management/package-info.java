/**
 * How the operator and the replicas of gateway pools know each other: the Secret of a pool, and
 * clients that use it. Reads and writes that Secret alone; entered by threads that may block.
 */
@NullMarked
package dev.tollgate.operator.management;

import org.jspecify.annotations.NullMarked;

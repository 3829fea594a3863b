/**
 * What the resolver says of a namespace, whether the replicas serve it, and what they tell; shared
 * by all reconcilers. Any thread may read what is known; replicas are asked by threads of their
 * own.
 */
@NullMarked
package dev.tollgate.operator.resolution;

import org.jspecify.annotations.NullMarked;

/**
 * What the resolver says of a namespace, and whether the replicas serve it; shared by all
 * reconcilers.
 */
@NullMarked
package dev.tollgate.operator.resolution;

import org.jspecify.annotations.NullMarked;

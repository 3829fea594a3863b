/**
 * What every kind that runs pods has in common: why pods are not ready, in words; amounts of
 * processor, memory and storage; restricted pod security. Computes only; any thread.
 */
@NullMarked
package dev.tollgate.operator.pod;

import org.jspecify.annotations.NullMarked;

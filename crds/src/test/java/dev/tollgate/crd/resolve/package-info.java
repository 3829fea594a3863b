/** Tests of the resolver. */
@NullMarked
package dev.tollgate.crd.resolve;

import org.jspecify.annotations.NullMarked;

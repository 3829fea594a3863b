/** Tests of the resolver and the reader of files. */
@NullMarked
package dev.tollgate.crd.resolve;

import org.jspecify.annotations.NullMarked;

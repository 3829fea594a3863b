/** Tests of the generated definitions. */
@NullMarked
package dev.tollgate.crd;

import org.jspecify.annotations.NullMarked;

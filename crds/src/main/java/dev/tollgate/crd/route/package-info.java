/** API routes: what is put behind the gate. */
@NullMarked
package dev.tollgate.crd.route;

import org.jspecify.annotations.NullMarked;

/** Puts the parts of the runtime together, as beans. */
@NullMarked
package dev.tollgate.app.wiring;

import org.jspecify.annotations.NullMarked;

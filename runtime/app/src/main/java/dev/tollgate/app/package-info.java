/** The runnable: wiring, roles and the command line. */
@NullMarked
package dev.tollgate.app;

import org.jspecify.annotations.NullMarked;

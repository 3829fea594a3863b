/**
 * The runnable: {@link dev.tollgate.app.Tollgate} is the command line, `wiring` puts the parts
 * together.
 */
@NullMarked
package dev.tollgate.app;

import org.jspecify.annotations.NullMarked;

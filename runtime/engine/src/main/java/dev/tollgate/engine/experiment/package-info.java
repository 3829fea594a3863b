/**
 * The mathematics of experiments: who gets what, what was seen, and when it may be believed.
 * Without state and I/O; any thread.
 */
@NullMarked
package dev.tollgate.engine.experiment;

import org.jspecify.annotations.NullMarked;

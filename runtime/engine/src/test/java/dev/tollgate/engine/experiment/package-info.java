/** Tests of the mathematics of experiments, most of them by simulation with fixed seeds. */
@NullMarked
package dev.tollgate.engine.experiment;

import org.jspecify.annotations.NullMarked;

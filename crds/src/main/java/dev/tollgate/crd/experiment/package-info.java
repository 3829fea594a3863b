/** Experiments: which version of a prompt serves better. */
@NullMarked
package dev.tollgate.crd.experiment;

import org.jspecify.annotations.NullMarked;

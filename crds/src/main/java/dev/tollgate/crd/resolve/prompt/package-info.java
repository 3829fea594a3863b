/** Prompts, and the experiments with their versions, resolved. */
@NullMarked
package dev.tollgate.crd.resolve.prompt;

import org.jspecify.annotations.NullMarked;

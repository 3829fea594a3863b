/**
 * Prompt templates and the experiments that compare their versions. Entered by the controllers'
 * threads; writes status alone.
 */
@NullMarked
package dev.tollgate.operator.prompt;

import org.jspecify.annotations.NullMarked;

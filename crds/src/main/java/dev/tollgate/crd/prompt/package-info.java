/** Prompt templates: versions that never change, and labels that move. */
@NullMarked
package dev.tollgate.crd.prompt;

import org.jspecify.annotations.NullMarked;

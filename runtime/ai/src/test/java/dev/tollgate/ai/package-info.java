/** What the tests of models, prompts and experiments share. */
@NullMarked
package dev.tollgate.ai;

import org.jspecify.annotations.NullMarked;

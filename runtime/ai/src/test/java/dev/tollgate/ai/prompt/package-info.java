/** Tests. */
@NullMarked
package dev.tollgate.ai.prompt;

import org.jspecify.annotations.NullMarked;

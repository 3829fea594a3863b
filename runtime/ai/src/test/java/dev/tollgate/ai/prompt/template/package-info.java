/** Tests. */
@NullMarked
package dev.tollgate.ai.prompt.template;

import org.jspecify.annotations.NullMarked;

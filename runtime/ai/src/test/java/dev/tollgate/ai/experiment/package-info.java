/** Tests. */
@NullMarked
package dev.tollgate.ai.experiment;

import org.jspecify.annotations.NullMarked;

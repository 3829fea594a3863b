/** The cursor and the output, held against Jackson. */
@NullMarked
package dev.tollgate.ai.protocol.json;

import org.jspecify.annotations.NullMarked;

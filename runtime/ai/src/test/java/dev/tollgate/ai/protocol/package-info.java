/** Protocols of language models, tested with exchanges as they are on the wire. */
@NullMarked
package dev.tollgate.ai.protocol;

import org.jspecify.annotations.NullMarked;

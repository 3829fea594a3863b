/** What the JSON scanner and formatter promise. */
@NullMarked
package dev.tollgate.engine.json;

import org.jspecify.annotations.NullMarked;

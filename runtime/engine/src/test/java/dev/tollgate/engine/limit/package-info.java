/** What the arithmetic of limits promises. */
@NullMarked
package dev.tollgate.engine.limit;

import org.jspecify.annotations.NullMarked;

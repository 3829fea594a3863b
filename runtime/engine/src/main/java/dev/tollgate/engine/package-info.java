/** Pure algorithms without I/O, of which each package says who may enter. Depends on nothing. */
@NullMarked
package dev.tollgate.engine;

import org.jspecify.annotations.NullMarked;

/** Pure algorithms, without dependencies, for the JVM and for the browser. */
@NullMarked
package dev.tollgate.engine;

import org.jspecify.annotations.NullMarked;

/** Keeps answers of backends, by the rules of HTTP. Knows nothing of Micronaut; any thread. */
@NullMarked
package dev.tollgate.gateway.cache;

import org.jspecify.annotations.NullMarked;

/** The streaming proxy that serves every ApiRoute. */
@NullMarked
package dev.tollgate.gateway;

import org.jspecify.annotations.NullMarked;

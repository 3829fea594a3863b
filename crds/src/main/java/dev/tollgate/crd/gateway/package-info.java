/** Gateway pools: replicas of the runtime. */
@NullMarked
package dev.tollgate.crd.gateway;

import org.jspecify.annotations.NullMarked;

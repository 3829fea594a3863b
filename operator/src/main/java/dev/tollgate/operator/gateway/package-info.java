/** GatewayPool: the replicas of the runtime and all that belongs to them. */
@NullMarked
package dev.tollgate.operator.gateway;

import org.jspecify.annotations.NullMarked;

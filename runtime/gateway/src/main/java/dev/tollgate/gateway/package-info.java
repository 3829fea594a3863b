/**
 * The streaming proxy that serves every ApiRoute: {@code GatewayFilter} is the way in, {@code Gate}
 * decides, {@code Call} and {@code Tunnel} do the work, {@code Admission} is what all of them hold.
 * Everything runs on event loops, and nothing here blocks.
 */
@NullMarked
package dev.tollgate.gateway;

import org.jspecify.annotations.NullMarked;

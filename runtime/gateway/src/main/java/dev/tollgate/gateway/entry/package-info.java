/**
 * The way in: {@code GatewayFilter} refuses what could be read in two ways, finds the route, asks
 * the gate, and hands the request on to the proxy, to a built-in product, or to an {@code Endpoint}
 * of another product line. Event loops alone.
 */
@NullMarked
package dev.tollgate.gateway.entry;

import org.jspecify.annotations.NullMarked;

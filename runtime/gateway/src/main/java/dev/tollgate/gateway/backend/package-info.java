/**
 * Backends and the connections to them: pools, TLS, HTTP/2 without it, circuit breakers, turns of
 * tenants, the request that goes out, and what can go wrong with it. Connections stay on the event
 * loop that asked.
 */
@NullMarked
package dev.tollgate.gateway.backend;

import org.jspecify.annotations.NullMarked;

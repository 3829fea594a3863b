/**
 * Connections of callers: the handlers that the server's pipelines are given beside those of
 * Micronaut, and the end of a replica, which drops no request. Each connection belongs to its event
 * loop; {@code Drain} blocks a thread of its own that shuts the program down.
 */
@NullMarked
package dev.tollgate.gateway.caller;

import org.jspecify.annotations.NullMarked;

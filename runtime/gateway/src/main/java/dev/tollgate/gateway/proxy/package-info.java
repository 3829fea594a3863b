/**
 * What is done with an admitted request: a {@code Call} asks backends until one answers, and its
 * {@code Answer} is passed on, from the cache or for it, too; an upgrade becomes a {@code Tunnel}.
 * Each belongs to the event loop of its caller's connection.
 */
@NullMarked
package dev.tollgate.gateway.proxy;

import org.jspecify.annotations.NullMarked;

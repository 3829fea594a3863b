/**
 * Bodies: those that are read here, and those that are passed on as they come, or broken off. Each
 * belongs to one request, as a rule on the event loop of its connection.
 */
@NullMarked
package dev.tollgate.gateway.body;

import org.jspecify.annotations.NullMarked;

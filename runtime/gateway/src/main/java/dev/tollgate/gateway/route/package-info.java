/**
 * Routes as they are served now: the table that a path is looked up in, and the choice among a
 * route's backends. The thread of the manifests changes them; event loops read.
 */
@NullMarked
package dev.tollgate.gateway.route;

import org.jspecify.annotations.NullMarked;

/**
 * The JSON tool: validate, format, minify and diff over HTTP, and a tenant's history of it.
 *
 * <p>Who calls, and what the caller's plan has, comes through {@link
 * dev.tollgate.sites.json.Caller}; where history is kept, through {@link
 * dev.tollgate.sites.json.JsonHistory}. Requests run on the blocking executor (virtual threads); no
 * document outlives its request, and none is logged.
 */
@NullMarked
package dev.tollgate.sites.json;

import org.jspecify.annotations.NullMarked;

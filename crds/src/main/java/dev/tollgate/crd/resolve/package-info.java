/**
 * The pure resolver: from resources to an immutable view of what is served, and findings about what
 * is wrong; routes and prompts are resolved in packages below. Any thread; no I/O.
 */
@NullMarked
package dev.tollgate.crd.resolve;

import org.jspecify.annotations.NullMarked;

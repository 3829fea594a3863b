/**
 * What the runtime answers itself: keys, usage, alerts, billing, the page at /, administration, and
 * what the operator asks. Controllers that read or write a database run on virtual threads;
 * filters, and the others, on event loops.
 */
@NullMarked
package dev.tollgate.app.api;

import org.jspecify.annotations.NullMarked;

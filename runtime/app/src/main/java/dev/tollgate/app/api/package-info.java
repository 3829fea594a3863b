/** What the runtime answers itself: keys, usage, the page at /, and what the operator asks. */
@NullMarked
package dev.tollgate.app.api;

import org.jspecify.annotations.NullMarked;

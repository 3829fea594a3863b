/**
 * Puts the parts of the runtime together, as beans, and has what is to be done again and again done
 * by threads of its own.
 */
@NullMarked
package dev.tollgate.app.wiring;

import org.jspecify.annotations.NullMarked;

/**
 * What every product stands on: who there is and what is served, who calls, what may be used, what
 * was used, and where all of that is kept. Knows no product.
 */
@NullMarked
package dev.tollgate.core;

import org.jspecify.annotations.NullMarked;

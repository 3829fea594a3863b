/** Sites and tools that Tollgate brings along. */
@NullMarked
package dev.tollgate.sites;

import org.jspecify.annotations.NullMarked;

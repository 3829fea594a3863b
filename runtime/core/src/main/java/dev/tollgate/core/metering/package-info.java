/** Every admitted request on exactly one usage record. */
@NullMarked
package dev.tollgate.core.metering;

import org.jspecify.annotations.NullMarked;

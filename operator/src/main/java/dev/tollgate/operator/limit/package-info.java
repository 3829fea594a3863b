/** RateLimitPolicy: conditions. */
@NullMarked
package dev.tollgate.operator.limit;

import org.jspecify.annotations.NullMarked;

package dev.tollgate.ai.prompt.template;

import org.jspecify.annotations.Nullable;

/**
 * A compiled expression. Its value is null, a Boolean, Long, Double, BigDecimal, String, List or
 * Map of those.
 */
@FunctionalInterface
interface Term {
  @Nullable Object value(Rendering rendering);
}

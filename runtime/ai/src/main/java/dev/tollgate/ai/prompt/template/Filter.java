package dev.tollgate.ai.prompt.template;

import org.jspecify.annotations.Nullable;

/**
 * A filter by its name.
 *
 * @param least arguments it needs
 * @param most arguments it takes
 */
record Filter(int least, int most, Body body) {

  /** What it does. */
  @FunctionalInterface
  interface Body {
    @Nullable Object apply(
        @Nullable Object input, @Nullable Object[] arguments, Rendering rendering);
  }
}

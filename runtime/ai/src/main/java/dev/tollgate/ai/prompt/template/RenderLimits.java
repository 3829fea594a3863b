package dev.tollgate.ai.prompt.template;

import java.time.Duration;

/**
 * What one render may use.
 *
 * @param characters of the text, and of any text on the way to it; UTF-16 units
 * @param steps turns of loops, and elements that filters visit
 * @param time from the first step to the last
 */
public record RenderLimits(int characters, int steps, Duration time) {

  /** 64 Ki characters, 100,000 steps, a quarter of a second. */
  public static final RenderLimits DEFAULT =
      new RenderLimits(64 * 1024, 100_000, Duration.ofMillis(250));

  public RenderLimits {
    if (characters < 1 || steps < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("limits of a render must be positive");
    }
  }
}

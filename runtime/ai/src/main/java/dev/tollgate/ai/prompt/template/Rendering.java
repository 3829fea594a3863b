package dev.tollgate.ai.prompt.template;

import org.jspecify.annotations.Nullable;

/** One render under way: the values, the text so far, and what may still be used. One thread. */
final class Rendering {

  /** The clock is read once in so many steps. */
  private static final int STEPS_A_LOOK = 64;

  /** Comparisons of characters that are one step. */
  private static final long SEARCHED_A_STEP = 8192;

  private final @Nullable Object[] slots;
  private final StringBuilder text;
  private final RenderLimits limits;
  private int steps;
  private long deadline;

  Rendering(@Nullable Object[] slots, StringBuilder text, RenderLimits limits) {
    this.slots = slots;
    this.text = text;
    this.limits = limits;
  }

  @Nullable Object get(int slot) {
    return slots[slot];
  }

  void set(int slot, @Nullable Object value) {
    slots[slot] = value;
  }

  void append(String part) {
    bounded((long) text.length() + part.length());
    text.append(part);
  }

  /** Refuses a text of more characters than are allowed, before it is made. */
  void bounded(long characters) {
    if (characters > limits.characters()) {
      throw new RenderException(
          "the text would have more than " + limits.characters() + " characters");
    }
  }

  /** Before a text is looked for in another, which takes time by the length of both. */
  void search(String text, String wanted) {
    var least = (long) text.length() * wanted.length() / SEARCHED_A_STEP;
    if (least > 0) {
      steps((int) Math.min(Integer.MAX_VALUE, least));
    }
  }

  void step() {
    steps(1);
  }

  void steps(int count) {
    if (steps == 0) {
      deadline = System.nanoTime() + limits.time().toNanos();
    }
    var before = steps;
    steps += Math.max(1, count);
    if (steps > limits.steps() || steps < 0) {
      throw new RenderException(
          "the template's loops take more than " + limits.steps() + " steps with these values");
    }
    if (before / STEPS_A_LOOK != steps / STEPS_A_LOOK && System.nanoTime() - deadline > 0) {
      throw new RenderException(
          "the template takes longer than " + limits.time().toMillis() + " ms with these values");
    }
  }
}

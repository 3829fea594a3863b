package dev.tollgate.ai.protocol;

/**
 * Changes the text of one answer while it passes, such as to mask what must not be seen. It may
 * hold text back until it knows how it goes on. Reasoning is filtered as text of its own; the
 * arguments of tools are not. Used by one thread at a time.
 */
public interface TextFilter {

  /** Which of the texts that an answer has side by side. */
  record Lane(int choice, boolean reasoning) {}

  /**
   * Takes the next piece of a text.
   *
   * @return what can go out now; empty when everything is held back
   */
  String next(Lane lane, String piece);

  /**
   * The text has ended, or something else comes in between.
   *
   * @return what was held back
   */
  String rest(Lane lane);
}

package dev.tollgate.ai.protocol;

/**
 * Changes the text of one answer while it passes, such as to mask what must not be seen. It may
 * hold text back until it knows how it goes on. Reasoning is filtered as text of its own, and so is
 * each string in the arguments of a tool's call. Used by one thread at a time.
 */
public interface TextFilter {

  /** What a text is. */
  enum Kind {
    Answer,
    Refusal,
    Reasoning,
    Argument
  }

  /**
   * Which of the texts that an answer has side by side.
   *
   * @param call of a tool that an argument belongs to; 0 for other texts
   */
  record Lane(int choice, Kind kind, int call) {

    public static Lane of(int choice, Kind kind) {
      return new Lane(choice, kind, 0);
    }
  }

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

package dev.tollgate.ai.protocol.answer;

/** An answer holds something that the client's dialect has no way to say. */
public final class Untranslatable extends RuntimeException {

  private final boolean tooLarge;

  private Untranslatable(String message, boolean tooLarge) {
    super(message, null, false, false);
    this.tooLarge = tooLarge;
  }

  static Untranslatable because(String message) {
    return new Untranslatable(message, false);
  }

  static Untranslatable tooLarge(String message) {
    return new Untranslatable(message, true);
  }

  /** Whether it is only too much of it. */
  public boolean tooLarge() {
    return tooLarge;
  }
}

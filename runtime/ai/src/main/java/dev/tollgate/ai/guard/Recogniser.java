package dev.tollgate.ai.guard;

/**
 * Recognises one kind of personal data where it begins. What it says depends only on the two
 * characters before and on a bounded number of those that follow; so a text that comes in pieces is
 * read as it would be in one.
 */
interface Recogniser {

  /** Nothing of the kind begins here, whatever follows. */
  int NONE = -1;

  /** It cannot be said before more of the text is there. */
  int MORE = -2;

  /** What stands for the character before a text begins. */
  int START = -1;

  /**
   * @param at where it would begin
   * @param before the character before, {@link #START} for none
   * @param before2 the one before that
   * @param complete whether the text ends where it ends now
   * @return the index after it, {@link #NONE} or {@link #MORE}; the last never when complete
   */
  int end(CharSequence text, int at, int before, int before2, boolean complete);

  static boolean digit(int c) {
    return c >= '0' && c <= '9';
  }

  static boolean asciiLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /**
   * A letter or digit of the scripts that put spaces between words (Latin, Greek, Cyrillic); in
   * others an address can follow a letter at once.
   */
  static boolean word(int c) {
    return c < 128 ? digit(c) || asciiLetter(c) : c < 0x530 && Character.isLetterOrDigit(c);
  }
}

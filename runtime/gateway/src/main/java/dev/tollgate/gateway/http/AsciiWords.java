package dev.tollgate.gateway.http;

/** Words of letters and digits of ASCII, and some signs. */
public final class AsciiWords {

  private AsciiWords() {}

  /** Whether each character is a letter, a digit or one of the signs. */
  public static boolean of(CharSequence text, String signs) {
    for (int i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (!((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || signs.indexOf(c) >= 0)) {
        return false;
      }
    }
    return true;
  }
}

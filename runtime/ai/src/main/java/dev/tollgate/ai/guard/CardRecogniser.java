package dev.tollgate.ai.guard;

/**
 * Numbers of payment cards: 13 to 19 digits, written together or in groups with a space or hyphen
 * between them, with a right check digit (ISO/IEC 7812-1, annex B: Luhn's formula). None begins
 * with 0 or 1, which the numbers of most systems and times in milliseconds do.
 */
final class CardRecogniser implements Recogniser {

  private static final int FEWEST = 13;
  private static final int MOST = 19;

  @Override
  public int end(CharSequence text, int at, int before, int before2, boolean complete) {
    char first = text.charAt(at);
    if (first < '2' || first > '9' || Recogniser.word(before)) {
      return NONE;
    }
    int found = NONE;
    int digits = 0;
    int i = at;
    while (true) {
      if (i == text.length() && !complete) {
        return MORE;
      }
      int c = i < text.length() ? text.charAt(i) : START;
      if (Recogniser.digit(c)) {
        if (++digits > MOST) {
          return found;
        }
        i++;
        continue;
      }
      if (Recogniser.word(c)) {
        return found;
      }
      if (digits >= FEWEST && checks(text, at, i)) {
        found = i;
      }
      if (c != ' ' && c != '-') {
        return found;
      }
      if (i + 1 == text.length() && !complete) {
        return MORE;
      }
      if (i + 1 == text.length() || !Recogniser.digit(text.charAt(i + 1))) {
        return found;
      }
      i++;
    }
  }

  private static boolean checks(CharSequence text, int from, int to) {
    int sum = 0;
    boolean twice = false;
    for (int i = to - 1; i >= from; i--) {
      int c = text.charAt(i);
      if (Recogniser.digit(c)) {
        int value = (c - '0') * (twice ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
        twice = !twice;
      }
    }
    return sum % 10 == 0;
  }
}

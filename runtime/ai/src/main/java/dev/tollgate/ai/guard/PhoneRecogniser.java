package dev.tollgate.ai.guard;

/**
 * Telephone numbers: with a country's code after a plus sign (ITU-T E.164, at most 15 digits), with
 * a leading 0, or as North America writes them in groups of three, three and four. Other digits in
 * a row are not taken for one, since they may count anything.
 */
final class PhoneRecogniser implements Recogniser {

  private static final int MOST = 15;
  private static final int FEWEST_ABROAD = 8;
  private static final int FEWEST_AT_HOME = 9;
  private static final int MOST_BETWEEN = 3;

  @Override
  public int end(CharSequence text, int at, int before, int before2, boolean complete) {
    char first = text.charAt(at);
    if (Recogniser.word(before) || inside(before, before2)) {
      return NONE;
    }
    if (first == '+') {
      return before == '+' ? NONE : groups(text, at + 1, FEWEST_ABROAD, complete);
    }
    int digit = first == '(' ? at + 1 : at;
    if (digit == text.length()) {
      return complete ? NONE : MORE;
    }
    char lead = text.charAt(digit);
    if (lead == '0') {
      return atHome(text, digit, complete);
    }
    return Recogniser.digit(lead) ? american(text, at, complete) : NONE;
  }

  /** Whether it would begin in the middle of a longer number, a date or a time. */
  private static boolean inside(int before, int before2) {
    return Recogniser.digit(before2)
        && (before == '.' || before == ',' || before == '-' || before == '/' || before == ':');
  }

  private static int atHome(CharSequence text, int zero, boolean complete) {
    if (zero + 1 < text.length()
        && (text.charAt(zero + 1) == '.' || text.charAt(zero + 1) == ',')) {
      return NONE; // a fraction
    }
    int end = groups(text, zero, FEWEST_AT_HOME, complete);
    return end >= 0 && date(text, zero) ? NONE : end;
  }

  private static boolean date(CharSequence text, int at) {
    for (int i = 0; i < 10; i++) {
      boolean digit = Recogniser.digit(text.charAt(at + i));
      if ((i == 2 || i == 5) ? (digit || text.charAt(at + i) == ' ') : !digit) {
        return false;
      }
    }
    return true;
  }

  /** The end of the longest number that ends where a group of digits does. */
  private static int groups(CharSequence text, int from, int fewest, boolean complete) {
    int found = NONE;
    int digits = 0;
    int i = from;
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
      if (digits >= fewest) {
        found = i;
      }
      int next = i;
      while (next < text.length() && next - i < MOST_BETWEEN && between(text.charAt(next))) {
        next++;
      }
      if (next == text.length() && !complete) {
        return MORE;
      }
      if (next == i || next == text.length() || !Recogniser.digit(text.charAt(next))) {
        return found;
      }
      i = next;
    }
  }

  private static boolean between(int c) {
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == 0xA0;
  }

  /** A form in which 9 stands for any digit, 2 for one from 2 to 9, and a hyphen for what parts. */
  private static int american(CharSequence text, int at, boolean complete) {
    int i = at;
    if (text.charAt(i) == '1') {
      i = form(text, i, "1-", complete);
      if (i < 0) {
        return i;
      }
    }
    if (i == text.length()) {
      return complete ? NONE : MORE;
    }
    if (text.charAt(i) == '(') {
      i = form(text, i, "(299)", complete);
      if (i < 0) {
        return i;
      }
      if (i < text.length() && text.charAt(i) == ' ') {
        i++;
      }
      i = form(text, i, "299-9999", complete);
    } else {
      i = form(text, i, "299-299-9999", complete);
    }
    if (i < 0) {
      return i;
    }
    if (i == text.length()) {
      return complete ? i : MORE;
    }
    return Recogniser.word(text.charAt(i)) ? NONE : i;
  }

  private static int form(CharSequence text, int from, String form, boolean complete) {
    for (int k = 0; k < form.length(); k++) {
      if (from + k == text.length()) {
        return complete ? NONE : MORE;
      }
      char c = text.charAt(from + k);
      boolean fits =
          switch (form.charAt(k)) {
            case '9' -> Recogniser.digit(c);
            case '2' -> c >= '2' && c <= '9';
            case '-' -> c == '-' || c == '.' || c == ' ' || c == 0xA0;
            default -> c == form.charAt(k);
          };
      if (!fits) {
        return NONE;
      }
    }
    return from + form.length();
  }
}

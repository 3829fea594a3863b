package dev.tollgate.ai.guard;

/**
 * Addresses such as {@code jo.doe+x@mail.example.org}: the part before the sign of at most 64
 * characters, the domain of at most 253 (RFC 5321, section 4.5.3.1) with a dot and a top level of
 * letters. Quoted parts, comments and addresses of hosts by number are not recognised.
 */
final class EmailRecogniser implements Recogniser {

  private static final int LOCAL = 64;
  private static final int DOMAIN = 253;

  @Override
  public int end(CharSequence text, int at, int before, int before2, boolean complete) {
    if (!begins(text.charAt(at)) || begins(before)) {
      return NONE;
    }
    int i = at;
    while (i < text.length() && i - at <= LOCAL && local(text.charAt(i))) {
      i++;
    }
    if (i - at > LOCAL) {
      return NONE;
    }
    if (i == text.length()) {
      return complete ? NONE : MORE;
    }
    return text.charAt(i) == '@' ? domain(text, i + 1, complete) : NONE;
  }

  private static boolean begins(int c) {
    return c == '_' || Recogniser.word(c);
  }

  private static boolean local(int c) {
    return begins(c) || c == '.' || c == '-' || c == '+' || c == '%' || c == '\'';
  }

  /** The end of the longest domain, whose last label is letters. */
  private static int domain(CharSequence text, int from, boolean complete) {
    int found = NONE;
    int label = from;
    for (int i = from; i - from <= DOMAIN; i++) {
      if (i == text.length() && !complete) {
        return MORE;
      }
      int c = i < text.length() ? text.charAt(i) : START;
      if (c == '-' || Recogniser.word(c)) {
        continue;
      }
      int end = i;
      while (end > label && text.charAt(end - 1) == '-') {
        end--;
      }
      if (end == label) {
        return found;
      }
      if (label > from && top(text, label, end)) {
        found = end;
      }
      if (c != '.' || end != i) {
        return found;
      }
      label = i + 1;
    }
    return found;
  }

  private static boolean top(CharSequence text, int from, int to) {
    if (to - from >= 4 && text.subSequence(from, from + 4).toString().equalsIgnoreCase("xn--")) {
      return true;
    }
    for (int i = from; i < to; i++) {
      if (Recogniser.digit(text.charAt(i)) || text.charAt(i) == '-') {
        return false;
      }
    }
    return to - from >= 2;
  }
}

package dev.tollgate.ai.guard;

/**
 * Addresses of IPv4 with four numbers, and of IPv6 (RFC 4291, section 2.2). A shortened one of IPv6
 * must have a digit: {@code a::b} is also how programs name things.
 */
final class IpAddressRecogniser implements Recogniser {

  /** The longest way to write one of IPv6. */
  private static final int MOST = 45;

  @Override
  public int end(CharSequence text, int at, int before, int before2, boolean complete) {
    int first = text.charAt(at);
    if (!(hex(first) || first == ':') || Recogniser.word(before) || inside(before, before2)) {
      return NONE;
    }
    int i = at;
    while (i < text.length() && i - at <= MOST && part(text.charAt(i))) {
      i++;
    }
    if (i - at > MOST) {
      return NONE;
    }
    if (i == text.length() && !complete) {
      return MORE;
    }
    if (i < text.length() && Recogniser.word(text.charAt(i))) {
      return NONE;
    }
    String run = text.subSequence(at, i).toString();
    int length = length(run);
    return length < 0 ? NONE : at + length;
  }

  /** Whether the character before belongs to a longer number or name of the kind. */
  private static boolean inside(int before, int before2) {
    return (before == '.' || before == ':') && (Recogniser.word(before2) || before2 == before);
  }

  private static boolean part(int c) {
    return hex(c) || c == '.' || c == ':';
  }

  private static boolean hex(int c) {
    return Recogniser.digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** Characters of the address at the start of the run, which may end a sentence; -1 for none. */
  private static int length(String run) {
    int colon = run.indexOf(':');
    int four = colon < 0 ? run.length() : colon; // a port may follow
    if (four > 0 && run.charAt(four - 1) == '.') {
      four--;
    }
    if (isFour(run, 0, four)) {
      return four;
    }
    if (colon < 0) {
      return -1;
    }
    int end = run.length();
    while (end > 0) {
      if (isSix(run, end)) {
        return end;
      }
      char last = run.charAt(end - 1);
      if (last != '.' && last != ':') {
        return -1;
      }
      end--;
    }
    return -1;
  }

  private static boolean isFour(String text, int from, int to) {
    int numbers = 0;
    int at = from;
    while (at <= to) {
      int value = 0;
      int start = at;
      while (at < to && Recogniser.digit(text.charAt(at)) && at - start < 4) {
        value = value * 10 + text.charAt(at++) - '0';
      }
      if (at == start || at - start > 3 || value > 255 || ++numbers > 4) {
        return false;
      }
      if (at < to && text.charAt(at) != '.') {
        return false;
      }
      at++;
    }
    return numbers == 4;
  }

  private static boolean isSix(String text, int to) {
    int groups = 0;
    boolean shortened = false;
    boolean digit = false;
    int at = 0;
    while (at < to) {
      if (text.charAt(at) == ':') {
        boolean two = at + 1 < to && text.charAt(at + 1) == ':';
        if (two ? shortened : at == 0 || at + 1 == to) {
          return false;
        }
        shortened |= two;
        at += two ? 2 : 1;
        continue;
      }
      int start = at;
      while (at < to && hex(text.charAt(at))) {
        digit |= Recogniser.digit(text.charAt(at++));
      }
      if (at < to && text.charAt(at) == '.') {
        return isFour(text, start, to) && whole(groups + 2, shortened);
      }
      if (at == start || at - start > 4) {
        return false;
      }
      groups++;
    }
    return whole(groups, shortened) && (digit || !shortened);
  }

  private static boolean whole(int groups, boolean shortened) {
    return shortened ? groups > 0 && groups < 8 : groups == 8;
  }
}

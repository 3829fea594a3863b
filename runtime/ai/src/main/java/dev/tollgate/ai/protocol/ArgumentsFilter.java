package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.TextFilter.Lane;

/**
 * Puts a filter before the arguments of a tool's call, which are JSON that comes in pieces cut
 * anywhere. Each string in them, name or value, is a text of its own, without its escapes; a number
 * that the filter changes becomes a string. So what comes out is JSON where JSON came in. What is
 * not JSON passes as it is, but for its strings. Used by one thread at a time.
 */
public final class ArgumentsFilter {

  /** Longer numbers are not held back, and are no personal data. */
  private static final int LONGEST_NUMBER = 64;

  private enum State {
    Outside,
    Number,
    LongNumber,
    Text,
    Escape,
    Unicode
  }

  private final TextFilter filter;
  private final Lane lane;
  private final StringBuilder out = new StringBuilder();
  private final StringBuilder held = new StringBuilder();
  private State state = State.Outside;
  private int code;
  private int digits;

  public ArgumentsFilter(TextFilter filter, Lane lane) {
    this.filter = filter;
    this.lane = lane;
  }

  /** All of the arguments, in one piece. */
  public static String whole(TextFilter filter, Lane lane, String json) {
    var arguments = new ArgumentsFilter(filter, lane);
    return arguments.next(json).concat(arguments.rest());
  }

  /**
   * Takes the next piece.
   *
   * @return what can go out now; empty when everything is held back
   */
  public String next(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      take(piece.charAt(i));
    }
    if (inText()) {
      passText();
    }
    return given();
  }

  /**
   * The arguments have ended, or something else comes in between.
   *
   * @return what was held back
   */
  public String rest() {
    if (state == State.Number) {
      endNumber();
      state = State.Outside;
    } else if (inText()) {
      escape(filter.rest(lane));
    }
    return given();
  }

  private boolean inText() {
    return state == State.Text || state == State.Escape || state == State.Unicode;
  }

  private String given() {
    var text = out.toString();
    out.setLength(0);
    return text;
  }

  private void take(char c) {
    switch (state) {
      case Outside -> outside(c);
      case Number, LongNumber -> number(c);
      case Text -> text(c);
      case Escape -> escaped(c);
      case Unicode -> unicode(c);
    }
  }

  private void outside(char c) {
    if (c == '-' || (c >= '0' && c <= '9')) {
      state = State.Number;
      held.append(c);
      return;
    }
    if (c == '"') {
      state = State.Text;
    }
    out.append(c);
  }

  private void number(char c) {
    if ("0123456789+-.eE".indexOf(c) < 0) {
      endNumber();
      state = State.Outside;
      outside(c);
      return;
    }
    held.append(c);
    if (state == State.LongNumber || held.length() > LONGEST_NUMBER) {
      state = State.LongNumber;
      out.append(held);
      held.setLength(0);
    }
  }

  private void endNumber() {
    if (held.isEmpty()) {
      return;
    }
    var number = held.toString();
    held.setLength(0);
    var filtered = filter.next(lane, number).concat(filter.rest(lane));
    if (filtered.equals(number)) {
      out.append(number);
    } else {
      out.append('"');
      escape(filtered);
      out.append('"');
    }
  }

  private void text(char c) {
    if (c == '\\') {
      state = State.Escape;
    } else if (c == '"') {
      passText();
      escape(filter.rest(lane));
      out.append('"');
      state = State.Outside;
    } else {
      held.append(c);
    }
  }

  private void passText() {
    if (!held.isEmpty()) {
      var text = held.toString();
      held.setLength(0);
      escape(filter.next(lane, text));
    }
  }

  private void escaped(char c) {
    if (c == 'u') {
      state = State.Unicode;
      code = 0;
      digits = 0;
      return;
    }
    state = State.Text;
    held.append(
        switch (c) {
          case 'n' -> '\n';
          case 't' -> '\t';
          case 'r' -> '\r';
          case 'b' -> '\b';
          case 'f' -> '\f';
          default -> c;
        });
  }

  private void unicode(char c) {
    int digit = Character.digit(c, 16);
    if (digit < 0) {
      state = State.Text; // no JSON
      text(c);
      return;
    }
    code = code << 4 | digit;
    if (++digits == 4) {
      state = State.Text;
      held.append((char) code);
    }
  }

  /** Writes text into a string literal; halves of a pair that are apart stay escaped. */
  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        out.append(c).append(text.charAt(++i));
      } else if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (c == '\t') {
        out.append("\\t");
      } else if (c < ' ' || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
  }
}

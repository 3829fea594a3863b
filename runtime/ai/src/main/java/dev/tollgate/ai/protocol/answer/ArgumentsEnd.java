package dev.tollgate.ai.protocol.answer;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Sees in the pieces of a call's arguments where their object closes. */
final class ArgumentsEnd {

  private int depth;
  private boolean text;
  private boolean escaped;
  private boolean complete;

  /** Whether the object has closed. */
  boolean complete() {
    return complete;
  }

  /** A literal without its quotes, whose text is a piece of JSON. */
  void take(byte[] literal, int from, int to) {
    for (int i = from; i < to; i++) {
      if (literal[i] != '\\') {
        character(literal[i]);
      } else if (literal[++i] == 'u') {
        character(Integer.parseInt(new String(literal, i + 1, 4, US_ASCII), 16));
        i += 4;
      } else {
        // what \n and its like stand for opens and closes nothing, and neither do their letters
        character(literal[i]);
      }
    }
  }

  private void character(int c) {
    if (escaped) {
      escaped = false;
    } else if (c == '"') {
      text = !text;
    } else if (text) {
      escaped = c == '\\';
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (c == '}' || c == ']') {
      complete = --depth <= 0;
    }
  }
}

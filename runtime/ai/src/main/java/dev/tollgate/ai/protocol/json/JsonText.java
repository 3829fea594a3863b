package dev.tollgate.ai.protocol.json;

import java.nio.charset.StandardCharsets;

/**
 * The string a {@link JsonCursor} has read last: a view of its literal in the document. It is good
 * until the cursor reads the next string; {@link #decoded()} makes a copy.
 */
public final class JsonText {

  private byte[] bytes = {};
  private int from;
  private int to;
  private int chars;
  private boolean escaped;

  JsonText() {}

  /** A text of one's own. */
  public static JsonText of(String text) {
    byte[] quoted = new JsonOutput(text.length() + 16).string(text).take();
    var literal = new JsonText();
    literal.set(quoted, 1, quoted.length - 1, text.codePointCount(0, text.length()), true);
    return literal;
  }

  void set(byte[] bytes, int from, int to, int chars, boolean escaped) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.chars = chars;
    this.escaped = escaped;
  }

  /** Characters, where one written as two escaped surrogates counts twice. */
  public int chars() {
    return chars;
  }

  public boolean isEmpty() {
    return from == to;
  }

  /** The array that holds the literal. */
  public byte[] array() {
    return bytes;
  }

  /** Where the literal begins, after its quote. */
  public int from() {
    return from;
  }

  /** Where the literal ends, before its quote. */
  public int to() {
    return to;
  }

  /** Whether this is exactly an ASCII word that needs no escapes. */
  public boolean is(String word) {
    int length = word.length();
    if (to - from != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The text without its escapes. */
  public String decoded() {
    return escaped ? unescaped() : new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return decoded();
  }

  private String unescaped() {
    var text = new StringBuilder(to - from);
    int plain = from;
    int at = from;
    while (at < to) {
      if (bytes[at] != '\\') {
        at++;
        continue;
      }
      text.append(new String(bytes, plain, at - plain, StandardCharsets.UTF_8));
      if (bytes[at + 1] == 'u') {
        text.append(
            (char) Integer.parseInt(new String(bytes, at + 2, 4, StandardCharsets.US_ASCII), 16));
        at += 6;
      } else {
        text.append(
            switch (bytes[at + 1]) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              case 'b' -> '\b';
              case 'f' -> '\f';
              default -> (char) bytes[at + 1];
            });
        at += 2;
      }
      plain = at;
    }
    return text.append(new String(bytes, plain, to - plain, StandardCharsets.UTF_8)).toString();
  }
}

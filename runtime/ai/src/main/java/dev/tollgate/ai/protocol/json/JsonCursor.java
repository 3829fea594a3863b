package dev.tollgate.ai.protocol.json;

/**
 * Walks over one JSON document (RFC 8259) in a range of bytes, forwards, without building anything
 * of it. It is for documents of which a few values are wanted and the rest is skipped: it checks
 * what it must to find the end of each value, and is otherwise lenient.
 *
 * <pre>{@code
 * cursor.reset(bytes, from, to);
 * if (cursor.enterObject()) {
 *   while (cursor.nextMember()) {
 *     if (cursor.key().is("usage")) { ... } else { cursor.skip(); }
 *   }
 * }
 * }</pre>
 *
 * After each {@link #nextMember()} or {@link #nextElement()} that is true, exactly one value must
 * be read or skipped. Everything throws {@link MalformedJson} where the document is broken.
 */
public final class JsonCursor {

  /**
   * More tokens than any call can have; what is above it would not fit into a month's sum with many
   * of its kind.
   */
  private static final long MOST_COUNTED = 10_000_000_000_000L;

  private static final int MOST_THINGS = 10_000;

  private final JsonText key = new JsonText();
  private final JsonText text = new JsonText();
  private final int maxDepth;
  private byte[] bytes = {};
  private int start;
  private int at;
  private int end;

  /**
   * @param maxDepth arrays and objects within each other at most
   */
  public JsonCursor(int maxDepth) {
    if (maxDepth < 1) {
      throw new IllegalArgumentException("maxDepth must be at least 1, is " + maxDepth);
    }
    this.maxDepth = maxDepth;
  }

  /** Goes to the start of a document. */
  public void reset(byte[] document, int from, int to) {
    bytes = document;
    start = from;
    at = from;
    end = to;
  }

  /** The array the document is in. */
  public byte[] array() {
    return bytes;
  }

  /** Where the cursor is, as an index of the array. */
  public int at() {
    return at;
  }

  /** Goes to an index that {@link #at()} has given before, in the same document. */
  public void seek(int index) {
    at = index;
  }

  /** The first byte of the value that comes next, which is not read. */
  public byte peek() {
    while (at < end) {
      byte b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return b;
      }
      at++;
    }
    throw malformed("the document ends too early");
  }

  /** Whether nothing but white space is left. */
  public boolean atEnd() {
    while (at < end) {
      byte b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return false;
      }
      at++;
    }
    return true;
  }

  /** Sees that nothing but white space is left. */
  public void end() {
    if (!atEnd()) {
      throw malformed("something follows the document");
    }
  }

  /** Reads the beginning of an object; a value of another kind is skipped, and this is false. */
  public boolean enterObject() {
    return enter('{');
  }

  /** Reads the beginning of an array; a value of another kind is skipped, and this is false. */
  public boolean enterArray() {
    return enter('[');
  }

  private boolean enter(char bracket) {
    if (peek() == bracket) {
      at++;
      return true;
    }
    skip();
    return false;
  }

  /** Goes to the value of the next member and reads its {@link #key()}; false at the end. */
  public boolean nextMember() {
    if (!next('}')) {
      return false;
    }
    if (peek() != '"') {
      throw malformed("a member's name must be a string");
    }
    readString(key);
    if (peek() != ':') {
      throw malformed("a member's name must be followed by a colon");
    }
    at++;
    return true;
  }

  /** Goes to the next element; false at the end of the array. */
  public boolean nextElement() {
    return next(']');
  }

  private boolean next(char bracket) {
    byte b = peek();
    if (b == ',') {
      at++;
      b = peek();
    }
    if (b == bracket) {
      at++;
      return false;
    }
    return true;
  }

  /** The name of the member whose value comes next or was read last. */
  public JsonText key() {
    return key;
  }

  /**
   * Reads a string and gives a view of it, which is good until the next one is read. A value of
   * another kind is skipped and taken for the empty string: that is what null means where a
   * protocol has text.
   */
  public JsonText string() {
    if (peek() == '"') {
      readString(text);
    } else {
      skip();
      text.set(bytes, at, at, 0, false);
    }
    return text;
  }

  /**
   * Reads a whole number; a value of another kind, one below 0, and one that is larger than
   * anything that is counted, is skipped and gives -1.
   */
  public long count() {
    long number = number();
    return number > MOST_COUNTED ? -1 : number;
  }

  /** The same, but of one that is too large gives one that is too large. */
  private long number() {
    byte b = peek();
    if (b < '0' || b > '9') {
      skip();
      return -1;
    }
    long number = 0;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      byte digit = bytes[at++];
      if (number <= MOST_COUNTED) {
        number = number * 10 + (digit - '0');
      }
    }
    // 12.0 and 12e0 are written by some: the digits after the point say nothing of a count
    skipScalar();
    return number;
  }

  /**
   * Reads a number that counts things within an answer; a value of another kind, or one below 0, is
   * skipped and gives -1.
   */
  public int index() {
    long number = number();
    if (number > MOST_THINGS) {
      throw malformed("an index is larger than " + MOST_THINGS);
    }
    return (int) number;
  }

  /** Reads true or false; a value of another kind is skipped and is false. */
  public boolean flag() {
    boolean value = peek() == 't';
    skip();
    return value;
  }

  /** Skips a null and says so; leaves any other value where it is. */
  public boolean skipNull() {
    if (peek() != 'n') {
      return false;
    }
    skipScalar();
    return true;
  }

  /** Skips one value, whatever it is. */
  public void skip() {
    int depth = 0;
    do {
      byte b = peek();
      switch (b) {
        case '"' -> skipString();
        case '{', '[' -> {
          at++;
          if (++depth > maxDepth) {
            throw malformed("nested more than " + maxDepth + " deep");
          }
        }
        case '}', ']' -> {
          if (depth == 0) {
            throw malformed("a value is missing");
          }
          at++;
          depth--;
        }
        case ',', ':' -> {
          if (depth == 0) {
            throw malformed("a value is missing");
          }
          at++;
        }
        default -> skipScalar();
      }
    } while (depth > 0);
  }

  private void skipScalar() {
    int from = at;
    while (at < end && isScalar(bytes[at])) {
      at++;
    }
    if (at == from && at < end && bytes[at] != ',' && bytes[at] != '}' && bytes[at] != ']') {
      int b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        throw malformed("a byte that no value can have");
      }
    }
  }

  private static boolean isScalar(byte b) {
    return (b >= '0' && b <= '9')
        || (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || b == '-'
        || b == '+'
        || b == '.';
  }

  private void skipString() {
    at++;
    while (at < end) {
      byte b = bytes[at];
      if (b == '"') {
        at++;
        return;
      }
      at += b == '\\' ? 2 : 1;
    }
    throw malformed("a string has no end");
  }

  private void readString(JsonText into) {
    int from = ++at;
    int chars = 0;
    boolean escaped = false;
    while (at < end) {
      byte b = bytes[at];
      if (b == '"') {
        into.set(bytes, from, at, chars, escaped);
        at++;
        return;
      }
      if (b == '\\') {
        escaped = true;
        chars++;
        at += escape();
      } else {
        // bytes 10xxxxxx go on with a character that has been counted
        chars += (b & 0xC0) == 0x80 ? 0 : 1;
        at++;
      }
    }
    throw malformed("a string has no end");
  }

  private int escape() {
    if (at + 1 >= end) {
      throw malformed("a string has no end");
    }
    if (bytes[at + 1] != 'u') {
      return 2;
    }
    for (int i = at + 2; i < at + 6; i++) {
      if (i >= end || Character.digit(bytes[i], 16) < 0) {
        throw malformed("\\u must be followed by four hexadecimal digits");
      }
    }
    return 6;
  }

  private MalformedJson malformed(String message) {
    return new MalformedJson(message, at - start);
  }
}

package dev.tollgate.ai.protocol.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON and what frames it, written as UTF-8 into an array that grows. */
public final class JsonOutput {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int length;

  /**
   * @param capacity bytes to begin with
   */
  public JsonOutput(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  public int length() {
    return length;
  }

  /** Forgets what has been written after the first bytes. */
  public void cut(int first) {
    length = Math.min(length, first);
  }

  /** What has been written, which is then no longer here. */
  public byte[] take() {
    byte[] taken = Arrays.copyOf(bytes, length);
    length = 0;
    return taken;
  }

  /** The first bytes of what has been written, which are then no longer here. */
  public byte[] take(int first) {
    byte[] taken = Arrays.copyOf(bytes, first);
    System.arraycopy(bytes, first, bytes, 0, length - first);
    length -= first;
    return taken;
  }

  /** Bytes as they are. */
  public JsonOutput raw(byte[] source) {
    return raw(source, 0, source.length);
  }

  /** Bytes as they are. */
  public JsonOutput raw(byte[] source, int from, int to) {
    int count = to - from;
    room(count);
    System.arraycopy(source, from, bytes, length, count);
    length += count;
    return this;
  }

  /** ASCII characters as they are. */
  public JsonOutput raw(String ascii) {
    int count = ascii.length();
    room(count);
    for (int i = 0; i < count; i++) {
      bytes[length++] = (byte) ascii.charAt(i);
    }
    return this;
  }

  /** A string literal copied from another document, with its escapes and new quotes. */
  public JsonOutput string(JsonText text) {
    room(text.to() - text.from() + 2);
    bytes[length++] = '"';
    raw(text.array(), text.from(), text.to());
    bytes[length++] = '"';
    return this;
  }

  /**
   * JSON as it is, but for the characters that some clients take for the end of a line, which stand
   * in strings alone and get escapes: U+0085, U+2028 and U+2029.
   */
  public JsonOutput line(byte[] source, int from, int to) {
    int done = from;
    for (int i = from; i < to - 1; i++) {
      int length = lineEnd(source, i, to);
      if (length > 0) {
        raw(source, done, i);
        raw(length == 2 ? "\\u0085" : source[i + 2] == (byte) 0xA8 ? "\\u2028" : "\\u2029");
        i += length - 1;
        done = i + 1;
      }
    }
    return raw(source, done, to);
  }

  /** How many bytes such a character has; 0 where there is none. */
  private static int lineEnd(byte[] source, int at, int to) {
    if (source[at] == (byte) 0xC2) {
      return source[at + 1] == (byte) 0x85 ? 2 : 0;
    }
    boolean separator =
        source[at] == (byte) 0xE2
            && source[at + 1] == (byte) 0x80
            && at + 2 < to
            && (source[at + 2] == (byte) 0xA8 || source[at + 2] == (byte) 0xA9);
    return separator ? 3 : 0;
  }

  /** A string literal. */
  public JsonOutput string(String text) {
    room(text.length() + 2);
    bytes[length++] = '"';
    byte[] utf8 = well(text);
    escaped(utf8, 0, utf8.length);
    room(1);
    bytes[length++] = '"';
    return this;
  }

  /** A string literal that holds a JSON document, or any other UTF-8 without lone surrogates. */
  public JsonOutput string(byte[] utf8, int from, int to) {
    room(to - from + 2);
    bytes[length++] = '"';
    escaped(utf8, from, to);
    room(1);
    bytes[length++] = '"';
    return this;
  }

  public JsonOutput number(long number) {
    return raw(Long.toString(number));
  }

  /** Lone surrogates, which UTF-8 cannot have, become the replacement character. */
  private static byte[] well(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void escaped(byte[] source, int from, int to) {
    for (int i = from; i < to; i++) {
      byte b = source[i];
      room(6);
      if (b == '"' || b == '\\') {
        bytes[length++] = '\\';
        bytes[length++] = b;
      } else if (b >= 0 && b < ' ') {
        control(b);
      } else {
        bytes[length++] = b;
      }
    }
  }

  private void control(byte b) {
    bytes[length++] = '\\';
    switch (b) {
      case '\n' -> bytes[length++] = 'n';
      case '\r' -> bytes[length++] = 'r';
      case '\t' -> bytes[length++] = 't';
      default -> {
        bytes[length++] = 'u';
        bytes[length++] = '0';
        bytes[length++] = '0';
        bytes[length++] = HEX[b >> 4];
        bytes[length++] = HEX[b & 15];
      }
    }
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
    }
  }
}

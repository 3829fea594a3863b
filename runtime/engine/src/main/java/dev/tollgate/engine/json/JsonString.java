package dev.tollgate.engine.json;

import org.jspecify.annotations.Nullable;

/**
 * The inside of names and strings, RFC 8259 section 7, and of the UTF-8 in them, RFC 3629, across
 * borders of chunks. The opening quotation mark has been read; the closing one is read here.
 */
final class JsonString {
  private static final int NO_ESCAPE = -1;

  private static final int AFTER_SOLIDUS = 0;

  /** {@link #NO_ESCAPE}, {@link #AFTER_SOLIDUS}, or how many of the 4 digits are missing. */
  private int escape = NO_ESCAPE;

  /** UTF-8: how many bytes of the current character are missing, and how many were read. */
  private int missing;

  private int read;

  /** The bounds of the next byte; they keep out overlong forms, surrogates and too large ones. */
  private int lowest;

  private int highest;

  private int continuations;
  private boolean closed;
  private @Nullable String wrong;

  /**
   * Reads on.
   *
   * @return behind the closing quotation mark, or {@code end}; after an error where it is, which is
   *     before {@code from} if it is a character that began in an earlier chunk
   */
  int read(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int b = bytes[at];
      if (missing == 0 && escape == NO_ESCAPE) {
        while (b >= 0x20 && b != '"' && b != '\\') {
          if (++at == end) {
            return end;
          }
          b = bytes[at];
        }
        if (b == '"') {
          closed = true;
          return at + 1;
        } else if (b == '\\') {
          escape = AFTER_SOLIDUS;
        } else if (b < 0) {
          if (!lead(b & 0xFF)) {
            return at;
          }
        } else if (b < 0x20) {
          wrong = controlCharacter(b);
          return at;
        }
      } else if (missing > 0) {
        int start = at - read;
        if (!continuation(b & 0xFF)) {
          return start;
        }
      } else if (!escaped(b)) {
        return at;
      }
      at++;
    }
    return end;
  }

  /** What is wrong; null when nothing is. */
  @Nullable String wrong() {
    return wrong;
  }

  /** Whether the closing quotation mark was read; asking makes ready for the next string. */
  boolean takeClosed() {
    boolean was = closed;
    closed = false;
    return was;
  }

  /** How many bytes since the last call did not begin a character. */
  int takeContinuations() {
    int taken = continuations;
    continuations = 0;
    return taken;
  }

  private boolean lead(int b) {
    read = 1;
    lowest = 0x80;
    highest = 0xBF;
    if (b >= 0xC2 && b <= 0xDF) {
      missing = 1;
    } else if (b >= 0xE0 && b <= 0xEF) {
      missing = 2;
      lowest = b == 0xE0 ? 0xA0 : 0x80;
      highest = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      missing = 3;
      lowest = b == 0xF0 ? 0x90 : 0x80;
      highest = b == 0xF4 ? 0x8F : 0xBF;
    } else {
      wrong = "Not UTF-8: no character begins with byte 0x%02X.".formatted(b);
      return false;
    }
    return true;
  }

  private boolean continuation(int b) {
    if (b < lowest || b > highest) {
      continuations -= read - 1;
      wrong = "Not UTF-8: byte 0x%02X cannot stand within a character.".formatted(b);
      return false;
    }
    lowest = 0x80;
    highest = 0xBF;
    missing--;
    read++;
    continuations++;
    return true;
  }

  private boolean escaped(int b) {
    if (escape == AFTER_SOLIDUS) {
      switch (b) {
        case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> escape = NO_ESCAPE;
        case 'u' -> escape = 4;
        default -> {
          wrong =
              "No such escape: after '\\' must come one of \" \\ / b f n r t u;"
                  + " write '\\\\' for a reverse solidus.";
          return false;
        }
      }
      return true;
    }
    if (Character.digit(b, 16) < 0) {
      wrong = "Four hexadecimal digits must come after '\\u'.";
      return false;
    }
    escape--;
    if (escape == 0) {
      escape = NO_ESCAPE;
    }
    return true;
  }

  private static String controlCharacter(int b) {
    String named =
        switch (b) {
          case '\n', '\r' -> "a line end (write \\n or \\r)";
          case '\t' -> "a tab (write \\t)";
          default -> "the control character U+%04X (write \\u%04x)".formatted(b, b);
        };
    return "A string must not contain " + named + "; or its closing '\"' is missing.";
  }
}

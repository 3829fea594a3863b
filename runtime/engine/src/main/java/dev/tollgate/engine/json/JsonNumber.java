package dev.tollgate.engine.json;

import org.jspecify.annotations.Nullable;

/** The grammar of numbers, RFC 8259 section 6, across borders of chunks. */
final class JsonNumber {
  private enum Part {
    MINUS("a digit", false),
    ZERO("'.' or the end of the number", true),
    INTEGER("a digit", true),
    POINT("a digit", false),
    FRACTION("a digit", true),
    E("a digit, '+' or '-'", false),
    SIGN("a digit", false),
    EXPONENT("a digit", true);

    final String expected;
    final boolean mayEnd;

    Part(String expected, boolean mayEnd) {
      this.expected = expected;
      this.mayEnd = mayEnd;
    }
  }

  private Part part = Part.MINUS;

  /** Whether a number can begin with this byte, and if so begins one. */
  boolean begin(byte b) {
    if (b == '-') {
      part = Part.MINUS;
    } else if (b == '0') {
      part = Part.ZERO;
    } else if (b >= '1' && b <= '9') {
      part = Part.INTEGER;
    } else {
      return false;
    }
    return true;
  }

  /** Where the first byte is that does not belong to the number, or {@code end}. */
  int read(byte[] bytes, int from, int end) {
    for (int at = from; at < end; at++) {
      byte b = bytes[at];
      Part next = b >= '0' && b <= '9' ? afterDigit(b) : afterOther(b);
      if (next == null) {
        return at;
      }
      part = next;
    }
    return end;
  }

  boolean mayEnd() {
    return part.mayEnd;
  }

  /** Whether all of the integer part is a zero, which no further digit may follow. */
  boolean leadingZero() {
    return part == Part.ZERO;
  }

  String expected() {
    return part.expected;
  }

  private @Nullable Part afterDigit(byte digit) {
    return switch (part) {
      case MINUS -> digit == '0' ? Part.ZERO : Part.INTEGER;
      case ZERO -> null;
      case INTEGER -> Part.INTEGER;
      case POINT, FRACTION -> Part.FRACTION;
      case E, SIGN, EXPONENT -> Part.EXPONENT;
    };
  }

  private @Nullable Part afterOther(byte b) {
    return switch (b) {
      case '.' -> part == Part.ZERO || part == Part.INTEGER ? Part.POINT : null;
      case 'e', 'E' -> part.mayEnd && part != Part.EXPONENT ? Part.E : null;
      case '+', '-' -> part == Part.E ? Part.SIGN : null;
      default -> null;
    };
  }
}

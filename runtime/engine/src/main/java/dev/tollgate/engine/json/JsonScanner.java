package dev.tollgate.engine.json;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Checks one document against RFC 8259, and its bytes against UTF-8, as it is pushed in: chunks may
 * end anywhere, inside of a character too. Takes memory for the open arrays and objects only,
 * within {@link JsonLimits}.
 *
 * <p>Strict: one value, white space around it, no byte order mark, no comments, no trailing commas.
 * Not checked, because the grammar does not ask for it: that the names in an object differ, that
 * escaped surrogates come in pairs, that a number fits any type.
 */
public final class JsonScanner {
  private enum State {
    VALUE,
    FIRST_ELEMENT,
    FIRST_NAME,
    NAME,
    COLON,
    AFTER_VALUE,
    STRING,
    NUMBER,
    LITERAL
  }

  private final JsonTokens tokens;
  private final JsonPath path;
  private final JsonString string = new JsonString();
  private final JsonNumber number = new JsonNumber();

  private State state = State.VALUE;
  private boolean inName;
  private String literal = "";
  private int literalRead;

  private long consumed;
  private long line = 1;

  /** Offset of the line's first byte, plus the bytes so far that do not begin a character. */
  private long columnBase;

  private boolean afterCarriageReturn;
  private @Nullable JsonError error;

  public JsonScanner(JsonLimits limits, JsonTokens tokens) {
    this.path = new JsonPath(limits);
    this.tokens = tokens;
  }

  /**
   * Takes the next bytes of the document. After an error nothing more is read.
   *
   * @return false when the document is wrong; see {@link #error()}
   */
  public boolean feed(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int at = offset;
    while (at < end && error == null) {
      int from = at;
      at =
          switch (state) {
            case STRING -> string(bytes, at, end);
            case NUMBER -> number(bytes, at, end);
            case LITERAL -> literal(bytes, at, end);
            default -> between(bytes, at, end);
          };
      consumed += at - from;
    }
    return error == null;
  }

  /** Takes what remains in a buffer; see {@link #feed(byte[], int, int)}. */
  public boolean feed(ByteBuffer buffer) {
    if (buffer.hasArray()) {
      int from = buffer.arrayOffset() + buffer.position();
      int length = buffer.remaining();
      buffer.position(buffer.limit());
      return feed(buffer.array(), from, length);
    }
    var piece = new byte[Math.min(8192, buffer.remaining())];
    while (error == null && buffer.hasRemaining()) {
      int length = Math.min(piece.length, buffer.remaining());
      buffer.get(piece, 0, length);
      feed(piece, 0, length);
    }
    return error == null;
  }

  /**
   * Says that the document ends here. To be called once.
   *
   * @return false when the document is wrong or not whole; see {@link #error()}
   */
  public boolean finish() {
    if (error != null) {
      return false;
    }
    if (state == State.NUMBER) {
      if (number.mayEnd()) {
        state = State.AFTER_VALUE;
      } else {
        fail(
            0, 0, true, "The document ends within a number: " + number.expected() + " is missing.");
        return false;
      }
    }
    if (state == State.AFTER_VALUE && path.depth() == 0) {
      return true;
    }
    String missing =
        switch (state) {
          case STRING ->
              (inName ? "The document ends within a name" : "The document ends within a string")
                  + ": the closing '\"' is missing.";
          case LITERAL -> "The document ends within '" + literal + "'.";
          default ->
              consumed == 0
                  ? "The document is empty: a JSON value is missing."
                  : "The document ends too early: " + expected() + " is missing.";
        };
    fail(0, 0, toValue(), missing);
    return false;
  }

  /** What is wrong with the document; null as long as nothing is. */
  public @Nullable JsonError error() {
    return error;
  }

  /** How many bytes of the document were read without an error. */
  public long offset() {
    return consumed;
  }

  /** Reads white space and structure until a token begins or the chunk ends. */
  private int between(byte[] bytes, int from, int end) {
    int start = from;
    for (int at = from; at < end; at++) {
      byte b = bytes[at];
      if (b == ' ' || b == '\t' || b == '\n' || b == '\r') {
        if (b == '\n' || b == '\r') {
          if (b == '\r' || !afterCarriageReturn) {
            line++;
          }
          columnBase = consumed + (at - start) + 1;
        }
        afterCarriageReturn = b == '\r';
        continue;
      }
      afterCarriageReturn = false;
      switch (b) {
        case '{', '[' -> {
          if (!expectsValue()) {
            return unexpected(b, at, start);
          }
          if (path.full()) {
            return fail(
                at,
                start,
                true,
                "Nested too deep: at most " + path.depth() + " levels are accepted.");
          }
          path.open(b == '{');
          state = b == '{' ? State.FIRST_NAME : State.FIRST_ELEMENT;
          tokens.structure(b);
        }
        case '}', ']' -> {
          boolean first = state == (b == '}' ? State.FIRST_NAME : State.FIRST_ELEMENT);
          boolean after =
              state == State.AFTER_VALUE && path.depth() > 0 && path.inObject() == (b == '}');
          if (!first && !after) {
            return unexpected(b, at, start);
          }
          path.close();
          state = State.AFTER_VALUE;
          tokens.structure(b);
        }
        case ',' -> {
          if (state != State.AFTER_VALUE || path.depth() == 0) {
            return unexpected(b, at, start);
          }
          if (path.inObject()) {
            state = State.NAME;
          } else {
            state = State.VALUE;
            path.nextElement();
          }
          tokens.structure(b);
        }
        case ':' -> {
          if (state != State.COLON) {
            return unexpected(b, at, start);
          }
          state = State.VALUE;
          tokens.structure(b);
        }
        default -> {
          return beginToken(b, bytes, at, start);
        }
      }
    }
    return end;
  }

  private int beginToken(byte b, byte[] bytes, int at, int start) {
    if (b == '"' && (state == State.NAME || state == State.FIRST_NAME)) {
      inName = true;
      path.beginName();
      state = State.STRING;
    } else if (!expectsValue()) {
      return unexpected(b, at, start);
    } else if (b == '"') {
      inName = false;
      state = State.STRING;
    } else if (number.begin(b)) {
      state = State.NUMBER;
    } else if (b == 't' || b == 'f' || b == 'n') {
      literal = b == 't' ? "true" : b == 'f' ? "false" : "null";
      literalRead = 1;
      state = State.LITERAL;
    } else {
      return unexpected(b, at, start);
    }
    tokens.text(bytes, at, 1);
    return at + 1;
  }

  private int string(byte[] bytes, int from, int end) {
    int at = string.read(bytes, from, end);
    columnBase += string.takeContinuations();
    String wrong = string.wrong();
    if (wrong != null) {
      return fail(at, from, !inName, wrong);
    }
    boolean closed = string.takeClosed();
    if (inName) {
      path.name(bytes, from, at - from - (closed ? 1 : 0));
    }
    if (closed) {
      state = inName ? State.COLON : State.AFTER_VALUE;
    }
    tokens.text(bytes, from, at - from);
    return at;
  }

  private int number(byte[] bytes, int from, int end) {
    int at = number.read(bytes, from, end);
    if (at < end) {
      if (!number.mayEnd()) {
        return fail(
            at,
            from,
            true,
            "Unexpected %s within a number: expected %s."
                .formatted(named(bytes[at]), number.expected()));
      }
      if (number.leadingZero() && bytes[at] >= '0' && bytes[at] <= '9') {
        return fail(at, from, true, "A number must not begin with a superfluous zero.");
      }
      state = State.AFTER_VALUE;
    }
    if (at > from) {
      tokens.text(bytes, from, at - from);
    }
    return at;
  }

  private int literal(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && literalRead < literal.length()) {
      if (bytes[at] != literal.charAt(literalRead)) {
        return fail(
            at,
            from,
            true,
            "Unexpected %s within what began like '%s'; words in JSON are true, false and null."
                .formatted(named(bytes[at]), literal));
      }
      at++;
      literalRead++;
    }
    if (literalRead == literal.length()) {
      state = State.AFTER_VALUE;
    }
    tokens.text(bytes, from, at - from);
    return at;
  }

  private boolean expectsValue() {
    return state == State.VALUE || state == State.FIRST_ELEMENT;
  }

  /** Whether the scanner stands in or before a value, rather than between two. */
  private boolean toValue() {
    return switch (state) {
      case VALUE, FIRST_ELEMENT, COLON, NUMBER, LITERAL -> true;
      case STRING -> !inName;
      case FIRST_NAME, NAME, AFTER_VALUE -> false;
    };
  }

  private int unexpected(byte b, int at, int start) {
    String message;
    if (consumed + at - start == 0 && (b == (byte) 0xEF || b == (byte) 0xFE || b == (byte) 0xFF)) {
      message = "Unexpected %s: save as UTF-8 without a byte order mark.".formatted(named(b));
    } else if (b == '\'' && (expectsValue() || state == State.NAME || state == State.FIRST_NAME)) {
      message = "Unexpected \"'\": names and strings stand in double quotation marks.";
    } else if (b == '}' && state == State.NAME) {
      message = "Unexpected '}' after a comma: remove the comma or add a member.";
    } else if (b == ']' && state == State.VALUE && path.depth() > 0 && !path.inObject()) {
      message = "Unexpected ']' after a comma: remove the comma or add an element.";
    } else {
      message = "Unexpected %s: expected %s.".formatted(named(b), expected());
    }
    return fail(at, start, toValue(), message);
  }

  private String expected() {
    return switch (state) {
      case VALUE -> "a value";
      case FIRST_ELEMENT -> "a value or ']'";
      case FIRST_NAME -> "a name in quotation marks or '}'";
      case NAME -> "a name in quotation marks";
      case COLON -> "':'";
      case AFTER_VALUE ->
          path.depth() == 0
              ? "nothing more after the end of the document"
              : path.inObject() ? "',' or '}'" : "',' or ']'";
      case STRING, NUMBER, LITERAL -> throw new IllegalStateException("within " + state);
    };
  }

  private static String named(byte b) {
    if (b > ' ' && b < 0x7F) {
      return "'" + (char) b + "'";
    }
    return switch (b) {
      case ' ' -> "space";
      case '\n', '\r' -> "end of line";
      case '\t' -> "tab";
      default -> "byte 0x%02X".formatted(b & 0xFF);
    };
  }

  /**
   * Notes the error.
   *
   * @param at where it is in the chunk; before {@code from} if it is a character that began in an
   *     earlier chunk
   * @param from where in the chunk the bytes begin that {@link #consumed} does not count yet
   * @return where reading stopped, {@code at}
   */
  private int fail(int at, int from, boolean toValue, String message) {
    long offset = consumed + (at - from);
    error = new JsonError(line, offset - columnBase + 1, offset, path.pointer(toValue), message);
    return at;
  }
}

package dev.tollgate.engine.json;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the white space of one document while it arrives, in constant memory: indented, or all
 * of it removed. Names, strings and numbers stay byte for byte as they were written, and so does
 * the order of members.
 *
 * <p>What it writes until it meets an error is the beginning of a document, never a whole one; the
 * caller decides what becomes of it.
 */
public final class JsonFormatter {
  /** The widest indent, in spaces per level. */
  public static final int MAX_INDENT = 16;

  private static final int BUFFER = 8192;

  private final JsonScanner scanner;
  private final JsonSink sink;
  private final int indent;
  private final byte[] buffer = new byte[BUFFER];
  private int buffered;
  private int depth;

  /** After an opening bracket or a comma: a new line is due, unless the bracket closes at once. */
  private boolean lineDue;

  private JsonFormatter(JsonLimits limits, int indent, JsonSink sink) {
    this.scanner = new JsonScanner(limits, new Writer());
    this.indent = indent;
    this.sink = sink;
  }

  /**
   * One member or element a line, like {@code JSON.stringify(value, null, indent)} in a browser; no
   * line end after the last line.
   *
   * @param indent spaces per level, 1 to {@link #MAX_INDENT}
   */
  public static JsonFormatter indenting(JsonLimits limits, int indent, JsonSink sink) {
    if (indent < 1 || indent > MAX_INDENT) {
      throw new IllegalArgumentException(
          "indent must be 1 to " + MAX_INDENT + " spaces, not " + indent);
    }
    return new JsonFormatter(limits, indent, sink);
  }

  /** Without any white space between tokens. */
  public static JsonFormatter minifying(JsonLimits limits, JsonSink sink) {
    return new JsonFormatter(limits, 0, sink);
  }

  /**
   * Takes the next bytes of the document and writes what can be written, all but what fills less
   * than the buffer of 8 KiB.
   *
   * @return false when the document is wrong; see {@link #error()}
   */
  public boolean feed(byte[] bytes, int offset, int length) {
    return scanner.feed(bytes, offset, length);
  }

  /**
   * Says that the document ends here and, if it is whole, writes the rest of it.
   *
   * @return false when the document is wrong; see {@link #error()}
   */
  public boolean finish() {
    boolean valid = scanner.finish();
    if (valid) {
      flush();
    }
    return valid;
  }

  /** What is wrong with the document; null as long as nothing is. */
  public @Nullable JsonError error() {
    return scanner.error();
  }

  /** How many bytes of the document were taken. */
  public long offset() {
    return scanner.offset();
  }

  private void write(byte b) {
    if (buffered == BUFFER) {
      flush();
    }
    buffer[buffered++] = b;
  }

  private void newLine() {
    if (indent == 0) {
      return;
    }
    write((byte) '\n');
    int spaces = depth * indent;
    while (spaces > 0) {
      if (buffered == BUFFER) {
        flush();
      }
      int some = Math.min(spaces, BUFFER - buffered);
      Arrays.fill(buffer, buffered, buffered + some, (byte) ' ');
      buffered += some;
      spaces -= some;
    }
  }

  private void flush() {
    if (buffered > 0) {
      sink.write(buffer, 0, buffered);
      buffered = 0;
    }
  }

  private final class Writer implements JsonTokens {
    @Override
    public void structure(byte character) {
      switch (character) {
        case '{', '[' -> {
          lineIfDue();
          write(character);
          depth++;
          lineDue = true;
        }
        case '}', ']' -> {
          depth--;
          if (lineDue) {
            lineDue = false; // nothing in it
          } else {
            newLine();
          }
          write(character);
        }
        case ',' -> {
          write(character);
          lineDue = true;
        }
        default -> {
          write(character);
          if (indent > 0) {
            write((byte) ' ');
          }
        }
      }
    }

    @Override
    public void text(byte[] bytes, int offset, int length) {
      lineIfDue();
      if (length > BUFFER - buffered) {
        flush();
        if (length > BUFFER) {
          sink.write(bytes, offset, length);
          return;
        }
      }
      System.arraycopy(bytes, offset, buffer, buffered, length);
      buffered += length;
    }

    private void lineIfDue() {
      if (lineDue) {
        lineDue = false;
        newLine();
      }
    }
  }
}

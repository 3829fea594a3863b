package dev.tollgate.ai.protocol;

/**
 * Finds where events end in a stream that comes in chunks. It remembers where it is in an event, so
 * that no byte is looked at twice.
 */
final class EventCutter {

  private static final int NONE = -1;

  private final boolean sse;
  private boolean lineStart = true;
  private boolean afterCr;

  EventCutter(Framing framing) {
    this.sse = framing == Framing.Sse;
  }

  /**
   * Goes on to the end of the event.
   *
   * @return the index after its last byte, or -1 when the event goes on in the next chunk
   */
  int next(byte[] bytes, int from, int to) {
    return sse ? nextSse(bytes, from, to) : nextLine(bytes, from, to);
  }

  /**
   * Whether a line feed that comes next belongs to the event before: its carriage return was the
   * last byte of a chunk.
   */
  boolean halfEnded() {
    return afterCr && lineStart;
  }

  private static int nextLine(byte[] bytes, int from, int to) {
    int i = LineEnds.next(bytes, from, to);
    while (i < to && bytes[i] != '\n') {
      i = LineEnds.next(bytes, i + 1, to);
    }
    return i < to ? i + 1 : NONE;
  }

  /** An event ends with an empty line; lines end with LF, CR or both (HTML, section 9.2.5). */
  private int nextSse(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      byte b = bytes[i++];
      if (b == '\n') {
        if (afterCr) {
          afterCr = false;
        } else if (lineStart) {
          return i;
        } else {
          lineStart = true;
        }
      } else if (b == '\r') {
        afterCr = true;
        if (lineStart) {
          if (i < to && bytes[i] == '\n') {
            afterCr = false;
            i++;
          }
          return i;
        }
        lineStart = true;
      } else {
        afterCr = false;
        lineStart = false;
        i = LineEnds.next(bytes, i, to);
      }
    }
    return NONE;
  }
}

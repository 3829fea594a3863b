package dev.tollgate.ai.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The data of one server-sent event: a view of its line, or a copy when it has several. */
final class SseData {

  private static final byte[] FIELD = "data".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes = {};
  private int from;
  private int to;
  private boolean copied;

  /** Looks for the data of an event; comments and other fields are skipped. */
  void find(byte[] event, int start, int end) {
    bytes = event;
    from = 0;
    to = 0;
    copied = false;
    boolean found = false;
    int line = start;
    while (line < end) {
      int lineEnd = LineEnds.next(event, line, end);
      if (isData(event, line, lineEnd)) {
        int value = value(event, line, lineEnd);
        if (found) {
          join(event, value, lineEnd);
        } else {
          found = true;
          from = value;
          to = lineEnd;
        }
      }
      line = lineEnd + 1;
    }
  }

  /** Where in the event a byte of the data is: data of several lines are a copy. */
  int inEvent(byte[] event, int start, int end, int index) {
    if (!copied) {
      return index;
    }
    int left = index;
    int line = start;
    while (line < end) {
      int lineEnd = LineEnds.next(event, line, end);
      if (isData(event, line, lineEnd)) {
        int value = value(event, line, lineEnd);
        if (left <= lineEnd - value) {
          return value + left;
        }
        left -= lineEnd - value + 1;
      }
      line = lineEnd + 1;
    }
    return end;
  }

  byte[] array() {
    return bytes;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  boolean isEmpty() {
    return from == to;
  }

  /** Whether it is OpenAI's word for the end of the stream. */
  boolean isDone() {
    return Arrays.equals(bytes, from, to, DONE, 0, DONE.length);
  }

  private static boolean isData(byte[] event, int line, int lineEnd) {
    int colon = line + FIELD.length;
    return colon <= lineEnd
        && (colon == lineEnd || event[colon] == ':')
        && Arrays.equals(event, line, colon, FIELD, 0, FIELD.length);
  }

  private static int value(byte[] event, int line, int lineEnd) {
    int value = Math.min(lineEnd, line + FIELD.length + 1);
    return value < lineEnd && event[value] == ' ' ? value + 1 : value;
  }

  private void join(byte[] event, int value, int lineEnd) {
    byte[] joined = new byte[to - from + 1 + lineEnd - value];
    System.arraycopy(bytes, from, joined, 0, to - from);
    joined[to - from] = ' '; // data are JSON, in which a line end is no more than that
    System.arraycopy(event, value, joined, to - from + 1, lineEnd - value);
    bytes = joined;
    copied = true;
    from = 0;
    to = joined.length;
  }
}

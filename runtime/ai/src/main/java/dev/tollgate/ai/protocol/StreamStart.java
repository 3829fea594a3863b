package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.json.ByteOrderMark;

/** How a backend's stream begins: whether with a mark of the byte order, and whether it is one. */
final class StreamStart {

  private final Framing framing;
  private int firstByte;

  /** How much of a mark of the byte order the stream began with; all of it when none can come. */
  private int marked;

  private boolean begun;

  StreamStart(Framing framing) {
    this.framing = framing;
  }

  /** Where a chunk goes on after the mark that a stream may begin with, which is no part of it. */
  int skip(byte[] bytes, int from, int to) {
    if (firstByte == 0) {
      firstByte = firstByte(bytes, from, to);
    }
    int at = from;
    while (marked < ByteOrderMark.LENGTH && at < to) {
      if (ByteOrderMark.has(marked, bytes[at])) {
        at++;
        marked++;
      } else {
        marked = ByteOrderMark.LENGTH;
      }
    }
    return at;
  }

  /**
   * The first byte that is no white space, nor of a mark of the byte order; 0 when none is there.
   */
  private static int firstByte(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] > ' ') {
        return bytes[i];
      }
    }
    return 0;
  }

  /** An event has come. */
  void begin() {
    begun = true;
  }

  /** Whether what came may be a document in place of events. */
  boolean isDocument() {
    return firstByte == '{' && !begun;
  }

  /** Whether what came can be no stream of the backend's, by its first byte. */
  boolean noStream() {
    if (begun || firstByte == 0) {
      return false;
    }
    // names of fields, and comments
    String first = framing == Framing.Ndjson ? "{" : "deir:";
    return first.indexOf(firstByte) < 0;
  }
}

package dev.tollgate.ai.protocol.json;

/**
 * What was read is not JSON, or is nested too deeply. It has no stack trace: it tells of what a
 * peer sent, not of a place in this program.
 */
public final class MalformedJson extends RuntimeException {

  private final int offset;

  MalformedJson(String message, int offset) {
    super(message + " at byte " + offset, null, false, false);
    this.offset = offset;
  }

  /** Where in the document, in bytes from its start. */
  public int offset() {
    return offset;
  }
}

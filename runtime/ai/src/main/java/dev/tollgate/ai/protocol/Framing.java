package dev.tollgate.ai.protocol;

import java.nio.charset.StandardCharsets;

/** How the events of a stream are told from each other. */
public enum Framing {
  /** Server-sent events (WHATWG HTML, section 9.2). */
  Sse("text/event-stream"),
  /** One JSON document a line, as Ollama streams. */
  Ndjson("application/x-ndjson");

  private final String mediaType;

  Framing(String mediaType) {
    this.mediaType = mediaType;
  }

  /** The media type of a stream. */
  public String mediaType() {
    return mediaType;
  }

  /**
   * What may be sent between two events to keep a connection in use while the model thinks: a
   * comment, which clients skip. Empty where the framing has nothing of the kind.
   */
  public byte[] heartbeat() {
    return this == Sse ? ": \n\n".getBytes(StandardCharsets.US_ASCII) : new byte[0];
  }
}

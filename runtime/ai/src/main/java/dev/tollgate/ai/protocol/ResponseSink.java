package dev.tollgate.ai.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Takes what a {@link ResponseReader} makes of a stream, on the thread that feeds it. Everything
 * that is called, is called before the bytes it belongs to.
 */
public interface ResponseSink {

  /**
   * Bytes for the client: whole events only. They belong to the sink, which releases them; where
   * nothing was changed they are a slice of what was fed.
   */
  void bytes(ByteBuf bytes);

  /**
   * The answer proper begins with the bytes that come next: text, reasoning or a call of a tool.
   * Until then another backend can be tried in this one's place, if the bytes before have been kept
   * back. Called once at most.
   */
  void firstContent();

  /** The model is done, and the last bytes come next. Called once at most. */
  void completed();

  /**
   * The backend tells of an error instead of going on. Its event is not passed on: the sink tries
   * another backend or ends the stream by {@link ClientErrors#event}. Nothing is called after it.
   */
  void failed(UpstreamError error);

  /** The stream cannot be read. Nothing is called after it. */
  void broken(StreamFault fault);
}

package dev.tollgate.ai.protocol;

/** What has come of the body of an answer that was not streamed. */
public sealed interface WholeResponse {

  /**
   * The answer.
   *
   * @param body for the client; the array that was given where nothing had to be changed
   * @param usage its tokens
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Complete(byte[] body, Usage usage) implements WholeResponse {}

  /** The body tells of an error. */
  record Failed(UpstreamError error) implements WholeResponse {}

  /** The body cannot be read or translated. */
  record Broken(StreamFault fault) implements WholeResponse {}
}

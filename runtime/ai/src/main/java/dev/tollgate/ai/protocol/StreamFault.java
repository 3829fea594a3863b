package dev.tollgate.ai.protocol;

/**
 * Why a stream could not be read to its end.
 *
 * @param kind what went wrong
 * @param message a sentence for logs and operators; it has nothing of the answer's text in it
 */
public record StreamFault(Kind kind, String message) {

  /** What can go wrong with a stream. */
  public enum Kind {
    /** An event is not what the dialect says. */
    Malformed,
    /** What came is no stream at all, such as a page or a whole answer. */
    NoStream,
    /** An event, or what must be kept of the answer, is larger than allowed. */
    TooLarge,
    /** The stream ended before the model said that it was done. */
    Truncated,
    /** The answer holds something that the client's dialect has no way to say. */
    Untranslatable
  }
}

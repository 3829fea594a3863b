package dev.tollgate.ai.prompt;

/**
 * What is wrong with one variable.
 *
 * @param path JSON Pointer (RFC 6901) into the variables
 * @param message what is wrong, without the value
 */
public record Violation(Kind kind, String path, String message) {

  /** How a variable can be wrong. */
  public enum Kind {
    /** It is required and was not given. */
    MISSING,
    /** No such variable is described. */
    EXTRA,
    /** It is of another type. */
    WRONG_TYPE,
    /** It is of the type, but not as described. */
    INVALID
  }
}

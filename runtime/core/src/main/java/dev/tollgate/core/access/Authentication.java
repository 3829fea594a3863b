package dev.tollgate.core.access;

import dev.tollgate.core.problems.Problem;

/** The outcome of looking at a request's credentials. */
public sealed interface Authentication {

  /** The caller is known. */
  record Granted(Principal principal) implements Authentication {}

  /**
   * The caller is refused: 401, 429 when an address sends floods of bad tokens, or 503 when the
   * tenant cannot be served now.
   */
  record Refused(Problem problem) implements Authentication {}
}

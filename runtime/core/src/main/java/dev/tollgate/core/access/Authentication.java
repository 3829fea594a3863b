package dev.tollgate.core.access;

import dev.tollgate.core.problems.Problem;

/** The outcome of looking at a request's credentials. */
public sealed interface Authentication {

  /** The caller is known. */
  record Granted(Principal principal) implements Authentication {}

  /** The caller is refused: 401, or 429 when an address sends floods of bad tokens. */
  record Refused(Problem problem) implements Authentication {}
}

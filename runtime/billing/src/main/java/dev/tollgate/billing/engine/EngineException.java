package dev.tollgate.billing.engine;

import org.jspecify.annotations.Nullable;

/** The engine did not do what was asked, or it is not known whether it did. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What follows from it. */
  public enum Kind {
    /** It may have been done or not; ask again with the same key. */
    UNKNOWN,
    /** The same, and nothing was heard at all: others would wait for nothing, too. */
    SILENT,
    /** Not done; later it may be. */
    LATER,
    /** Not done, and it will not be while the request and the configuration are as they are. */
    REFUSED,
    /** The key stands for another request, or for a failure that is only repeated. */
    KEY_SPENT
  }

  public EngineException(Kind kind, String what, @Nullable Throwable cause) {
    super(what, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}

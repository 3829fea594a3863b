package dev.tollgate.core.store;

import org.jspecify.annotations.Nullable;

/** A database did not do what was asked; nothing of it was done. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }
}

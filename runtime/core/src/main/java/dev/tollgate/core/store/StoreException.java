package dev.tollgate.core.store;

/** A database did not do what was asked; nothing of it was done. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreException(String what, Throwable cause) {
    super(what, cause);
  }
}

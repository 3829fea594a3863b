package dev.tollgate.core.store;

import io.micronaut.data.connection.exceptions.ConnectionException;
import io.micronaut.data.exceptions.DataAccessException;
import io.micronaut.transaction.exceptions.TransactionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A database did not do what was asked; nothing of it was done. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }

  /** What repositories do. */
  public static void unless(String failure, Runnable work) {
    unless(
        failure,
        () -> {
          work.run();
          return true;
        });
  }

  /**
   * What repositories answer.
   *
   * @param failure what was not done, when the database does not answer
   */
  public static <T> T unless(String failure, Supplier<T> work) {
    try {
      return work.get();
    } catch (DataAccessException
        | ConnectionException
        | TransactionException
        | io.micronaut.data.connection.jdbc.exceptions.CannotGetJdbcConnectionException
        | io.micronaut.transaction.jdbc.exceptions.CannotGetJdbcConnectionException
        | StoreException e) {
      throw new StoreException(failure, e);
    }
  }
}

package dev.tollgate.billing.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.core.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The platform database, as billing uses it: in transactions. */
public final class BillingStore {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .findAndAddModules()
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private final Supplier<DataSource> platform;

  /**
   * @param platform asked before each transaction, since the database may be away
   */
  public BillingStore(Supplier<DataSource> platform) {
    this.platform = platform;
  }

  /** What is done in one transaction. */
  public interface Work<T> {
    T in(Sql sql) throws SQLException;
  }

  /**
   * Does all of it or nothing. Who waited for a lock sees what was written meanwhile.
   *
   * @throws StoreException when nothing was done
   */
  public <T> T transaction(Work<T> work) {
    try (var connection = platform.get().getConnection()) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setAutoCommit(false);
      try {
        var result = work.in(new Sql(connection));
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    } catch (SQLException e) {
      throw new StoreException("billing's rows in the platform database were not changed", e);
    }
  }

  /** A value as the text of a column. */
  public static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(value.getClass() + " cannot be written as JSON", e);
    }
  }

  /** The value that {@link #json} wrote. */
  public static <T> T value(String json, Class<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a stored " + type.getSimpleName() + " cannot be read", e);
    }
  }

  /** A moment of a column in milliseconds, or null. */
  public static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }
}

package dev.tollgate.sites.json;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.store.TenantData;
import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Operation;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * History in the table {@code json_history} of the shard that holds the tenant. Each statement
 * names one tenant and stands for itself: nothing needs a transaction, since a row too many or too
 * few after a crash is put right by the next operation.
 */
@Singleton
final class ShardJsonHistory implements JsonHistory {
  /** Replicas that add at the same moment choose the same number; all but one try again. */
  private static final int ATTEMPTS = 30;

  /** As wide as the column; INSERT IGNORE would cut off what is longer. */
  private static final int MAX_TENANT_ID = 128;

  private final TenantData shards;

  ShardJsonHistory(TenantData shards) {
    this.shards = shards;
  }

  @Override
  public void add(String tenantId, Operation operation) {
    if (tenantId.length() > MAX_TENANT_ID) {
      throw new IllegalArgumentException(
          "a tenant's id has at most %d characters, not %d"
              .formatted(MAX_TENANT_ID, tenantId.length()));
    }
    try (var connection = shards.of(tenantId).getConnection()) {
      connection.setAutoCommit(true);
      long number = insert(connection, tenantId, operation);
      forgetUpTo(connection, tenantId, number - KEPT);
    } catch (SQLException | StoreException e) {
      throw new UncheckedIOException(
          new IOException("cannot add to the JSON history of tenant " + tenantId, e));
    }
  }

  @Override
  public List<Operation> last(String tenantId) {
    try (var connection = shards.of(tenantId).getConnection();
        var select =
            connection.prepareStatement(
                "SELECT kind, size, at_millis, outcome FROM json_history"
                    + " WHERE tenant_id = ? ORDER BY seq DESC LIMIT "
                    + KEPT)) {
      select.setString(1, tenantId);
      var operations = new ArrayList<Operation>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          operations.add(
              new Operation(
                  Kind.valueOf(rows.getString(1)),
                  rows.getLong(2),
                  Instant.ofEpochMilli(rows.getLong(3)),
                  Outcome.valueOf(rows.getString(4))));
        }
      }
      return List.copyOf(operations);
    } catch (SQLException | StoreException e) {
      throw new UncheckedIOException(
          new IOException("cannot read the JSON history of tenant " + tenantId, e));
    }
  }

  private static long insert(Connection connection, String tenantId, Operation operation)
      throws SQLException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      long number = lastNumber(connection, tenantId) + 1;
      if (inserted(connection, tenantId, number, operation)) {
        return number;
      }
      waitALittle(attempt);
    }
    throw new SQLException("others took the next number " + ATTEMPTS + " times in a row");
  }

  /** Whether the number was still free. */
  private static boolean inserted(
      Connection connection, String tenantId, long number, Operation operation)
      throws SQLException {
    // IGNORE, since the driver would log a warning for each number that is taken
    try (var insert =
        connection.prepareStatement(
            "INSERT IGNORE INTO json_history (tenant_id, seq, kind, size, at_millis, outcome)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, tenantId);
      insert.setLong(2, number);
      insert.setString(3, operation.kind().name());
      insert.setLong(4, operation.size());
      insert.setLong(5, operation.at().toEpochMilli());
      insert.setString(6, operation.outcome().name());
      return insert.executeUpdate() == 1;
    } catch (SQLIntegrityConstraintViolationException | SQLTransactionRollbackException taken) {
      return false; // H2 may still say so in a race, and MariaDB may choose this one in a deadlock
    }
  }

  private static long lastNumber(Connection connection, String tenantId) throws SQLException {
    try (var select =
        connection.prepareStatement("SELECT MAX(seq) FROM json_history WHERE tenant_id = ?")) {
      select.setString(1, tenantId);
      try (var row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static void forgetUpTo(Connection connection, String tenantId, long number)
      throws SQLException {
    if (number < 1) {
      return;
    }
    try (var delete =
        connection.prepareStatement("DELETE FROM json_history WHERE tenant_id = ? AND seq <= ?")) {
      delete.setString(1, tenantId);
      delete.setLong(2, number);
      delete.executeUpdate();
    }
  }

  private static void waitALittle(int attempt) throws SQLException {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(1, 2L + attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting to try again", e);
    }
  }
}

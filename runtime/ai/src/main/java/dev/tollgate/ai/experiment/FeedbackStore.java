package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.store.TenantData;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Map;

/** What tenants say of their calls, next to the calls in their shard. */
public final class FeedbackStore {

  private final TenantData shards;
  private final InstantSource clock;

  public FeedbackStore(TenantData shards, InstantSource clock) {
    this.shards = shards;
    this.clock = clock;
  }

  /**
   * Keeps what was said of a call; said again, the last word counts.
   *
   * @param values by metric: score, accuracy, label
   * @return false when the tenant has no such call, or it is not in the ledger yet
   * @throws StoreException when the shard does not answer
   */
  public boolean put(String tenantId, String callId, Map<String, String> values) {
    try (var connection = shards.of(tenantId).getConnection()) {
      connection.setAutoCommit(false);
      if (!known(connection, tenantId, callId)) {
        connection.rollback();
        return false;
      }
      try (var upsert =
          connection.prepareStatement(
              "INSERT INTO model_feedback (tenant_id, call_id, metric, said, at)"
                  + " VALUES (?, ?, ?, ?, ?)"
                  + " ON DUPLICATE KEY UPDATE said = VALUES(said), at = VALUES(at)")) {
        for (var entry : values.entrySet()) {
          upsert.setString(1, tenantId);
          upsert.setString(2, callId);
          upsert.setString(3, entry.getKey());
          upsert.setString(4, entry.getValue());
          upsert.setLong(5, clock.millis());
          upsert.addBatch();
        }
        upsert.executeBatch();
      }
      connection.commit();
      return true;
    } catch (SQLException e) {
      throw new StoreException("feedback of tenant " + tenantId + " was not kept", e);
    }
  }

  private static boolean known(Connection connection, String tenantId, String callId)
      throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT 1 FROM usage_record WHERE tenant_id = ? AND id = ? AND model <> ''")) {
      select.setString(1, tenantId);
      select.setString(2, callId);
      try (var row = select.executeQuery()) {
        return row.next();
      }
    }
  }
}

package dev.tollgate.core.store;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Thresholds that a tenant has reached, over cycles. */
public final class AlertHistory {

  private final Databases databases;

  public AlertHistory(Databases databases) {
    this.databases = databases;
  }

  /**
   * A threshold of what the plan includes, and when it was reached.
   *
   * @param cycle first day of the billing cycle
   */
  public record Reached(String cycle, String meter, int percent, Instant at) {}

  /** The latest first. */
  public List<Reached> of(String shard, String tenantId, int atMost) {
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT cycle, meter, percent, at FROM usage_alert WHERE tenant_id = ?"
                    + " ORDER BY at DESC, percent DESC, meter LIMIT ?")) {
      query.setString(1, tenantId);
      query.setInt(2, atMost);
      List<Reached> reached = new ArrayList<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          reached.add(
              new Reached(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getInt(3),
                  Instant.ofEpochMilli(rows.getLong(4))));
        }
      }
      return reached;
    } catch (SQLException e) {
      throw new StoreException("the alerts of tenant " + tenantId + " cannot be read", e);
    }
  }
}

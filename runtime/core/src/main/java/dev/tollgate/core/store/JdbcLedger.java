package dev.tollgate.core.store;

import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.RefusalCount;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ledger in the shards' databases. */
public final class JdbcLedger implements Ledger {

  private final Databases databases;

  public JdbcLedger(Databases databases) {
    this.databases = databases;
  }

  @Override
  public long position(String shard, String logId) {
    try (var connection = databases.shard(shard).getConnection()) {
      return position(connection, logId, false);
    } catch (SQLException e) {
      throw new StoreException("the position of shard " + shard + " cannot be read", e);
    }
  }

  private static long position(Connection connection, String logId, boolean lock)
      throws SQLException {
    var sql = "SELECT position FROM usage_cursor WHERE log_id = ?" + (lock ? " FOR UPDATE" : "");
    try (var query = connection.prepareStatement(sql)) {
      query.setString(1, logId);
      try (var rows = query.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  @Override
  public void commit(
      String shard,
      String logId,
      long expected,
      long next,
      List<UsageRecord> records,
      List<RefusalCount> refusals) {
    try (var connection = databases.shard(shard).getConnection()) {
      connection.setAutoCommit(false);
      try {
        var stored = position(connection, logId, true);
        if (stored != expected) {
          throw new IllegalStateException(
              "the log "
                  + logId
                  + " is shipped by another process too: shard "
                  + shard
                  + " is at "
                  + stored
                  + ", not at "
                  + expected);
        }
        write(connection, records);
        ExperimentCalls.write(connection, records);
        Rollups.of(records).write(connection);
        write(connection, logId, refusals);
        move(connection, logId, expected, next);
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    } catch (SQLException e) {
      throw new StoreException("shard " + shard + " did not take usage", e);
    }
  }

  private static void move(Connection connection, String logId, long expected, long next)
      throws SQLException {
    var sql =
        expected == 0
            ? "INSERT INTO usage_cursor (position, log_id) VALUES (?, ?)"
            : "UPDATE usage_cursor SET position = ? WHERE log_id = ?";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setLong(1, next);
      statement.setString(2, logId);
      statement.executeUpdate();
    }
  }

  private static void write(Connection connection, List<UsageRecord> records) throws SQLException {
    if (records.isEmpty()) {
      return;
    }
    try (var insert =
        connection.prepareStatement(
            """
            INSERT INTO usage_record (tenant_id, id, cycle, route, principal, plan, plan_revision,
              started, ended, requests, bytes_in, bytes_out, tokens_in, tokens_out, cost,
              outcome, status, model, backend, source, prompt, prompt_version, tokens_cached,
              currency, first_token_ms, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """)) {
      for (var record : records) {
        var opening = record.opening();
        var amounts = record.amounts();
        insert.setString(1, opening.tenantId());
        insert.setString(2, record.id());
        insert.setString(3, opening.cycle());
        insert.setString(4, opening.route());
        insert.setString(5, opening.principal());
        insert.setString(6, opening.plan());
        insert.setString(7, opening.planRevision());
        insert.setLong(8, opening.startedMillis());
        insert.setLong(9, record.endedMillis());
        insert.setLong(10, amounts.requests());
        insert.setLong(11, amounts.bytesIn());
        insert.setLong(12, amounts.bytesOut());
        insert.setLong(13, amounts.tokensIn());
        insert.setLong(14, amounts.tokensOut());
        insert.setLong(15, amounts.cost());
        insert.setString(16, record.outcome().name());
        insert.setInt(17, record.status());
        set(insert, record.call());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static void set(PreparedStatement insert, @Nullable ModelCall call) throws SQLException {
    insert.setString(18, call == null ? "" : call.model());
    insert.setString(19, call == null ? "" : call.backend());
    insert.setString(20, call == null ? "" : call.source().name());
    insert.setString(21, call == null ? "" : call.prompt());
    insert.setInt(22, call == null ? 0 : call.promptVersion());
    insert.setLong(23, call == null ? 0 : call.cachedTokens());
    insert.setString(24, call == null ? "" : call.currency());
    insert.setInt(25, call == null ? -1 : call.firstTokenMillis());
    insert.setString(26, call == null ? "" : call.error());
  }

  private static void write(Connection connection, String logId, List<RefusalCount> refusals)
      throws SQLException {
    if (refusals.isEmpty()) {
      return;
    }
    try (var insert =
        connection.prepareStatement(
            """
            INSERT INTO usage_refusal (tenant_id, route, reason, second_at, log_id, count)
            VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE count = count + VALUES(count)\
            """)) {
      for (var refusal : refusals) {
        insert.setString(1, refusal.tenantId());
        insert.setString(2, refusal.route());
        insert.setString(3, refusal.reason());
        insert.setLong(4, refusal.second());
        insert.setString(5, logId);
        insert.setLong(6, refusal.count());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  @Override
  public Map<TenantCycle, Amounts> totals(String shard, List<TenantCycle> cycles) {
    Map<TenantCycle, Amounts> totals = new HashMap<>();
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT requests, bytes_in, bytes_out, tokens_in, tokens_out, cost FROM usage_total"
                    + " WHERE tenant_id = ? AND cycle = ?")) {
      for (var asked : cycles) {
        query.setString(1, asked.tenantId());
        query.setString(2, asked.cycle());
        try (var rows = query.executeQuery()) {
          if (rows.next()) {
            totals.put(
                asked,
                new Amounts(
                    rows.getLong(1),
                    rows.getLong(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getLong(6)));
          }
        }
      }
    } catch (SQLException e) {
      throw new StoreException("the totals of shard " + shard + " cannot be read", e);
    }
    return totals;
  }

  @Override
  public Set<TenantCycle> alerted(String shard, String from) {
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT DISTINCT tenant_id, cycle FROM usage_alert WHERE cycle >= ?")) {
      query.setString(1, from);
      Set<TenantCycle> cycles = new HashSet<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          cycles.add(new TenantCycle(rows.getString(1), rows.getString(2)));
        }
      }
      return cycles;
    } catch (SQLException e) {
      throw new StoreException("the alerts of shard " + shard + " cannot be read", e);
    }
  }

  @Override
  public boolean alert(String shard, TenantCycle cycle, String meter, int percent) {
    try (var connection = databases.shard(shard).getConnection();
        var insert =
            connection.prepareStatement(
                "INSERT IGNORE INTO usage_alert (tenant_id, cycle, meter, percent, at)"
                    + " VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, cycle.tenantId());
      insert.setString(2, cycle.cycle());
      insert.setString(3, meter);
      insert.setInt(4, percent);
      insert.setLong(5, System.currentTimeMillis());
      return insert.executeUpdate() == 1;
    } catch (SQLException e) {
      throw new StoreException("an alert of shard " + shard + " was not noted", e);
    }
  }
}

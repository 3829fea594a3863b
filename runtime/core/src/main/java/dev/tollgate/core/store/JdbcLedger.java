package dev.tollgate.core.store;

import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.metering.RefusalCount;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ledger in the shards' databases. */
public final class JdbcLedger implements Ledger {

  private static final Logger LOG = LoggerFactory.getLogger(JdbcLedger.class);

  /** Rows of one statement: a database spends as much on a statement as on some rows. */
  private static final int ROWS = 25;

  private static final int COLUMNS = 28;

  /** SQLSTATE's class of what breaks a rule, here: that a record is there once. */
  private static final String TWICE = "23";

  /** And of a transaction that was rolled back, here: since two waited for each other. */
  private static final String GIVEN_UP = "40";

  private static final int ATTEMPTS = 8;

  private static final String INSERT_ONE =
      """
      INSERT INTO usage_record (tenant_id, id, cycle, route, principal, plan, plan_revision,
        started, ended, requests, bytes_in, bytes_out, tokens_in, tokens_out, cost,
        outcome, status, model, backend, source, prompt, prompt_version, tokens_cached,
        currency, first_token_ms, error, tokens_cache_write, tokens_cache_write_hour)
      VALUES\
      """
          + row();
  private static final String INSERT_ROWS = INSERT_ONE + ("," + row()).repeat(ROWS - 1);

  private final Databases databases;
  private final Function<String, ZoneId> zones;

  /**
   * @param zones of tenants by id, for the hours that their usage is summed by
   */
  public JdbcLedger(Databases databases, Function<String, ZoneId> zones) {
    this.databases = databases;
    this.zones = zones;
  }

  private static String row() {
    return " (" + String.join(", ", Collections.nCopies(COLUMNS, "?")) + ")";
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
    try {
      try {
        commitNew(shard, logId, expected, next, records, refusals);
      } catch (SQLException e) {
        if (e.getErrorCode() != Columns.NOT_IN_CHARACTER_SET) {
          throw e;
        }
        commitNew(
            shard,
            logId,
            expected,
            next,
            records.stream().map(Columns::inAnyCharacterSet).toList(),
            refusals);
      }
    } catch (SQLException e) {
      throw new StoreException("shard " + shard + " did not take usage", e);
    }
  }

  /**
   * Looks for records that the ledger has only where it says that it has one. Replicas that write
   * the totals of the same tenants wait for each other, and now and then the database gives one up.
   */
  private void commitNew(
      String shard,
      String logId,
      long expected,
      long next,
      List<UsageRecord> records,
      List<RefusalCount> refusals)
      throws SQLException {
    var known = false;
    for (int attempt = 1; ; attempt++) {
      try {
        commitOnce(shard, logId, expected, next, records, refusals, known);
        return;
      } catch (SQLException e) {
        if (!known && is(e, TWICE)) {
          known = true;
        } else if (attempt == ATTEMPTS || !is(e, GIVEN_UP)) {
          throw e;
        } else {
          LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1_000_000L << attempt));
        }
      }
    }
  }

  /**
   * Records without those that the ledger has already, as earlier versions could write one request
   * twice: what was there first counts. Said where the two are not the same.
   */
  private static List<UsageRecord> unknown(Connection connection, List<UsageRecord> records)
      throws SQLException {
    Map<String, UsageRecord> unknown = new LinkedHashMap<>();
    try (var query =
        connection.prepareStatement(
            "SELECT cycle, requests, bytes_in, bytes_out, tokens_in, tokens_out, cost"
                + " FROM usage_record WHERE tenant_id = ? AND id = ?")) {
      for (var record : records) {
        var opening = record.opening();
        var twin = unknown.putIfAbsent(opening.tenantId() + "/" + record.id(), record);
        if (twin != null) {
          twice(record, twin.opening().cycle(), twin.amounts());
          continue;
        }
        query.setString(1, opening.tenantId());
        query.setString(2, record.id());
        try (var rows = query.executeQuery()) {
          if (rows.next()) {
            unknown.remove(opening.tenantId() + "/" + record.id());
            twice(
                record,
                rows.getString(1),
                new Amounts(
                    rows.getLong(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    rows.getLong(6),
                    rows.getLong(7)));
          }
        }
      }
    }
    return List.copyOf(unknown.values());
  }

  private static void twice(UsageRecord record, String cycle, Amounts known) {
    var opening = record.opening();
    if (known.equals(record.amounts()) && cycle.equals(opening.cycle())) {
      LOG.info("The ledger has request {} already", record.id());
    } else {
      LOG.error(
          "The ledger has request {} of tenant {} already, in the cycle {} with {}; that counts, and"
              + " not what the usage log has of it, in the cycle {} with {}",
          record.id(),
          opening.tenantId(),
          cycle,
          known,
          opening.cycle(),
          record.amounts());
    }
  }

  /** Whether it is of a class of SQLSTATE. */
  private static boolean is(SQLException e, String state) {
    for (SQLException one = e; one != null; one = one.getNextException()) {
      if (one.getSQLState() != null && one.getSQLState().startsWith(state)) {
        return true;
      }
    }
    return false;
  }

  private void commitOnce(
      String shard,
      String logId,
      long expected,
      long next,
      List<UsageRecord> records,
      List<RefusalCount> refusals,
      boolean check)
      throws SQLException {
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
        var unknown = check ? unknown(connection, records) : records;
        write(connection, unknown);
        ExperimentCalls.write(connection, unknown);
        Rollups.of(unknown, zones).write(connection);
        write(connection, logId, refusals);
        move(connection, logId, expected, next);
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
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
    var whole = records.size() / ROWS * ROWS;
    insert(connection, records.subList(0, whole), ROWS);
    insert(connection, records.subList(whole, records.size()), 1);
  }

  /** Inserts records with statements of {@code rows} rows each. */
  private static void insert(Connection connection, List<UsageRecord> records, int rows)
      throws SQLException {
    if (records.isEmpty()) {
      return;
    }
    try (var insert = connection.prepareStatement(rows == 1 ? INSERT_ONE : INSERT_ROWS)) {
      var at = 0;
      for (var record : records) {
        set(insert, at * COLUMNS, record);
        if (++at == rows) {
          insert.executeUpdate();
          at = 0;
        }
      }
    }
  }

  private static void set(PreparedStatement insert, int before, UsageRecord record)
      throws SQLException {
    var opening = record.opening();
    var amounts = record.amounts();
    insert.setString(before + 1, opening.tenantId());
    insert.setString(before + 2, record.id());
    insert.setString(before + 3, opening.cycle());
    insert.setString(before + 4, Columns.cut(opening.route(), Columns.NAME));
    insert.setString(before + 5, Columns.cut(opening.principal(), Columns.PRINCIPAL));
    insert.setString(before + 6, Columns.cut(opening.plan(), Columns.NAME));
    insert.setString(before + 7, Columns.cut(opening.planRevision(), Columns.WORD));
    insert.setLong(before + 8, opening.startedMillis());
    insert.setLong(before + 9, record.endedMillis());
    insert.setLong(before + 10, amounts.requests());
    insert.setLong(before + 11, amounts.bytesIn());
    insert.setLong(before + 12, amounts.bytesOut());
    insert.setLong(before + 13, amounts.tokensIn());
    insert.setLong(before + 14, amounts.tokensOut());
    insert.setLong(before + 15, amounts.cost());
    insert.setString(before + 16, record.outcome().name());
    insert.setInt(before + 17, record.status());
    var call = record.call();
    insert.setString(before + 18, call == null ? "" : Columns.cut(call.model(), Columns.NAME));
    insert.setString(before + 19, call == null ? "" : Columns.cut(call.backend(), Columns.PART));
    insert.setString(before + 20, call == null ? "" : call.source().name());
    insert.setString(before + 21, call == null ? "" : Columns.cut(call.prompt(), Columns.NAME));
    insert.setInt(before + 22, call == null ? 0 : call.promptVersion());
    insert.setLong(before + 23, call == null ? 0 : call.cachedTokens());
    insert.setString(
        before + 24, call == null ? "" : Columns.cut(call.currency(), Columns.CURRENCY));
    insert.setInt(before + 25, call == null ? -1 : call.firstTokenMillis());
    insert.setString(before + 26, call == null ? "" : Columns.cut(call.error(), Columns.WORD));
    insert.setLong(before + 27, call == null ? 0 : call.cacheWriteTokens());
    insert.setLong(before + 28, call == null ? 0 : call.cacheWriteHourTokens());
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
        insert.setString(2, Columns.cut(refusal.route(), Columns.NAME));
        insert.setString(3, Columns.cut(refusal.reason(), Columns.WORD));
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
            totals.put(asked, amounts(rows));
          }
        }
      }
    } catch (SQLException e) {
      throw new StoreException("the totals of shard " + shard + " cannot be read", e);
    }
    return totals;
  }

  private static Amounts amounts(ResultSet row) throws SQLException {
    return new Amounts(
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        row.getLong(4),
        row.getLong(5),
        row.getLong(6));
  }

  @Override
  public Amounts onOtherPlans(
      String shard, TenantCycle cycle, String plan, String revision, Instant before) {
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT SUM(requests), SUM(bytes_in), SUM(bytes_out), SUM(tokens_in),"
                    + " SUM(tokens_out), SUM(cost) FROM usage_record"
                    + " WHERE tenant_id = ? AND cycle = ? AND (plan <> ? OR plan_revision <> ?)"
                    + " AND started < ?")) {
      query.setString(1, cycle.tenantId());
      query.setString(2, cycle.cycle());
      query.setString(3, plan);
      query.setString(4, revision);
      query.setLong(5, before.toEpochMilli());
      try (var rows = query.executeQuery()) {
        rows.next();
        return amounts(rows);
      }
    } catch (SQLException e) {
      throw new StoreException("the records of shard " + shard + " cannot be read", e);
    }
  }

  @Override
  public Set<TenantCycle> alerted(String shard, String from) {
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT DISTINCT tenant_id, cycle FROM usage_threshold WHERE cycle >= ?")) {
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
  public boolean alert(String shard, TenantCycle cycle, String meter, int percent, long included) {
    try (var connection = databases.shard(shard).getConnection();
        var before =
            connection.prepareStatement(
                "SELECT 1 FROM usage_threshold WHERE tenant_id = ? AND cycle = ? AND meter = ?"
                    + " AND percent = ? AND included = -1");
        var insert =
            connection.prepareStatement(
                "INSERT IGNORE INTO usage_threshold (tenant_id, cycle, meter, percent, included,"
                    + " at) VALUES (?, ?, ?, ?, ?, ?)")) {
      for (var statement : List.of(before, insert)) {
        statement.setString(1, cycle.tenantId());
        statement.setString(2, cycle.cycle());
        statement.setString(3, Columns.cut(meter, Columns.WORD));
        statement.setInt(4, percent);
      }
      try (var told = before.executeQuery()) {
        if (told.next()) {
          return false; // before the quantity was noted
        }
      }
      insert.setLong(5, included);
      insert.setLong(6, System.currentTimeMillis());
      return insert.executeUpdate() == 1;
    } catch (SQLException e) {
      throw new StoreException("an alert of shard " + shard + " was not noted", e);
    }
  }
}

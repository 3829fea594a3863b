package dev.tollgate.core.store;

import dev.tollgate.core.metering.UsageRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a batch of records adds to the sums by hour, by principal and in total. Rows are written in
 * the order of their keys, so that two replicas cannot wait for each other.
 */
final class Rollups {

  private static final int PRINCIPAL_ID_BYTES = 16;

  private final TreeMap<Hour, Sum> hours = new TreeMap<>();
  private final TreeMap<Principal, Sum> principals = new TreeMap<>();
  private final TreeMap<Cycle, Sum> totals = new TreeMap<>();

  private record Hour(String tenantId, String cycle, String route, long hour)
      implements Comparable<Hour> {
    @Override
    public int compareTo(Hour o) {
      var c = tenantId.compareTo(o.tenantId);
      c = c != 0 ? c : cycle.compareTo(o.cycle);
      c = c != 0 ? c : route.compareTo(o.route);
      return c != 0 ? c : Long.compare(hour, o.hour);
    }
  }

  private record Principal(String tenantId, String cycle, String principal)
      implements Comparable<Principal> {
    @Override
    public int compareTo(Principal o) {
      var c = tenantId.compareTo(o.tenantId);
      c = c != 0 ? c : cycle.compareTo(o.cycle);
      return c != 0 ? c : principal.compareTo(o.principal);
    }
  }

  private record Cycle(String tenantId, String cycle) implements Comparable<Cycle> {
    @Override
    public int compareTo(Cycle o) {
      var c = tenantId.compareTo(o.tenantId);
      return c != 0 ? c : cycle.compareTo(o.cycle);
    }
  }

  private static final class Sum {
    long requests;
    long bytesIn;
    long bytesOut;
    long tokensIn;
    long tokensOut;
    long cost;

    void add(UsageRecord record) {
      var amounts = record.amounts();
      requests += amounts.requests();
      bytesIn += amounts.bytesIn();
      bytesOut += amounts.bytesOut();
      tokensIn += amounts.tokensIn();
      tokensOut += amounts.tokensOut();
      cost += amounts.cost();
    }

    void set(PreparedStatement statement, int from) throws SQLException {
      statement.setLong(from, requests);
      statement.setLong(from + 1, bytesIn);
      statement.setLong(from + 2, bytesOut);
      statement.setLong(from + 3, tokensIn);
      statement.setLong(from + 4, tokensOut);
      statement.setLong(from + 5, cost);
    }
  }

  private Rollups() {}

  /**
   * @param zones of tenants, by id
   */
  static Rollups of(List<UsageRecord> records, Function<String, ZoneId> zones) {
    var rollups = new Rollups();
    for (var record : records) {
      var o = record.opening();
      rollups
          .hours
          .computeIfAbsent(
              new Hour(
                  o.tenantId(),
                  o.cycle(),
                  o.route(),
                  LocalHours.of(o.startedMillis(), zones.apply(o.tenantId()))),
              k -> new Sum())
          .add(record);
      rollups
          .principals
          .computeIfAbsent(new Principal(o.tenantId(), o.cycle(), o.principal()), k -> new Sum())
          .add(record);
      rollups
          .totals
          .computeIfAbsent(new Cycle(o.tenantId(), o.cycle()), k -> new Sum())
          .add(record);
    }
    return rollups;
  }

  void write(Connection connection) throws SQLException {
    if (totals.isEmpty()) {
      return;
    }
    writeTotals(connection);
    writeHours(connection);
    writePrincipals(connection);
  }

  private static String added() {
    return " ON DUPLICATE KEY UPDATE requests = requests + VALUES(requests),"
        + " bytes_in = bytes_in + VALUES(bytes_in), bytes_out = bytes_out + VALUES(bytes_out),"
        + " tokens_in = tokens_in + VALUES(tokens_in), tokens_out = tokens_out + VALUES(tokens_out),"
        + " cost = cost + VALUES(cost)";
  }

  private void writeTotals(Connection connection) throws SQLException {
    try (var upsert =
        connection.prepareStatement(
            "INSERT INTO usage_total (tenant_id, cycle, requests, bytes_in, bytes_out, tokens_in,"
                + " tokens_out, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                + added())) {
      for (var entry : totals.entrySet()) {
        upsert.setString(1, entry.getKey().tenantId());
        upsert.setString(2, entry.getKey().cycle());
        entry.getValue().set(upsert, 3);
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
  }

  private void writeHours(Connection connection) throws SQLException {
    try (var upsert =
        connection.prepareStatement(
            "INSERT INTO usage_hour (tenant_id, cycle, route, hour, requests, bytes_in, bytes_out,"
                + " tokens_in, tokens_out, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                + added())) {
      for (var entry : hours.entrySet()) {
        upsert.setString(1, entry.getKey().tenantId());
        upsert.setString(2, entry.getKey().cycle());
        upsert.setString(3, Columns.cut(entry.getKey().route(), Columns.NAME));
        upsert.setLong(4, entry.getKey().hour());
        entry.getValue().set(upsert, 5);
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
  }

  private void writePrincipals(Connection connection) throws SQLException {
    try (var upsert =
        connection.prepareStatement(
            "INSERT INTO usage_principal (tenant_id, cycle, principal_id, principal, requests,"
                + " bytes_in, bytes_out, tokens_in, tokens_out, cost)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                + added())) {
      for (var entry : principals.entrySet()) {
        upsert.setString(1, entry.getKey().tenantId());
        upsert.setString(2, entry.getKey().cycle());
        upsert.setString(3, id(entry.getKey().principal()));
        upsert.setString(4, Columns.cut(entry.getKey().principal(), Columns.PRINCIPAL));
        entry.getValue().set(upsert, 5);
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
  }

  /** Principals are too long for a key of the table; half a SHA-256 stands for one. */
  private static String id(String principal) {
    try {
      var hash =
          MessageDigest.getInstance("SHA-256").digest(principal.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, PRINCIPAL_ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

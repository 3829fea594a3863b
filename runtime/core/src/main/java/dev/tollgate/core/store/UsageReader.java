package dev.tollgate.core.store;

import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what one tenant has used. Every query names the tenant. */
public final class UsageReader {

  private final Databases databases;

  public UsageReader(Databases databases) {
    this.databases = databases;
  }

  /**
   * Units used.
   *
   * @param name a route, a principal or a day
   * @param cost in millionths of the minor unit of the plan's currency
   */
  public record Line(
      String name,
      long requests,
      long bytesIn,
      long bytesOut,
      long tokensIn,
      long tokensOut,
      long cost) {

    public long tokens() {
      return tokensIn + tokensOut;
    }
  }

  /** A cycle's usage, in total and by route, principal and day, and refusals by reason. */
  public record Usage(
      Line total,
      List<Line> routes,
      List<Line> principals,
      List<Line> days,
      Map<String, Long> refused) {}

  /** A threshold of what the plan includes, and when it was reached. */
  public record Alert(String meter, int percent, Instant at) {}

  /**
   * @param zone the tenant's, for its days
   */
  public Usage usage(String shard, String tenantId, String cycle, ZoneId zone) {
    var days = new TreeMap<String, Line>();
    for (var hour : lines(shard, tenantId, cycle, "usage_hour", "hour")) {
      var day = LocalHours.day(Long.parseLong(hour.name()), zone).toString();
      days.merge(day, rename(hour, day), UsageReader::add);
    }
    var routes = lines(shard, tenantId, cycle, "usage_hour", "route");
    var total = new Line("total", 0, 0, 0, 0, 0, 0);
    for (var route : routes) {
      total = add(total, route);
    }
    return new Usage(
        total,
        routes,
        lines(shard, tenantId, cycle, "usage_principal", "principal"),
        List.copyOf(days.values()),
        refused(shard, tenantId, cycle, zone));
  }

  /** Thresholds reached in a cycle, in the order they were. */
  public List<Alert> alerts(String shard, String tenantId, String cycle) {
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT meter, percent, at FROM usage_alert"
                    + " WHERE tenant_id = ? AND cycle = ? ORDER BY at, percent")) {
      query.setString(1, tenantId);
      query.setString(2, cycle);
      List<Alert> alerts = new ArrayList<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          alerts.add(
              new Alert(rows.getString(1), rows.getInt(2), Instant.ofEpochMilli(rows.getLong(3))));
        }
      }
      return alerts;
    } catch (SQLException e) {
      throw new StoreException("the alerts of tenant " + tenantId + " cannot be read", e);
    }
  }

  private static Line rename(Line line, String name) {
    return new Line(
        name,
        line.requests(),
        line.bytesIn(),
        line.bytesOut(),
        line.tokensIn(),
        line.tokensOut(),
        line.cost());
  }

  private static Line add(Line a, Line b) {
    return new Line(
        a.name(),
        a.requests() + b.requests(),
        a.bytesIn() + b.bytesIn(),
        a.bytesOut() + b.bytesOut(),
        a.tokensIn() + b.tokensIn(),
        a.tokensOut() + b.tokensOut(),
        a.cost() + b.cost());
  }

  private List<Line> lines(String shard, String tenantId, String cycle, String table, String by) {
    var sql =
        "SELECT "
            + by
            + " AS name, SUM(requests), SUM(bytes_in), SUM(bytes_out), SUM(tokens_in),"
            + " SUM(tokens_out), SUM(cost)"
            + " FROM "
            + table
            + " WHERE tenant_id = ? AND cycle = ? GROUP BY "
            + by
            + " ORDER BY 1";
    try (var connection = databases.shard(shard).getConnection();
        var query = connection.prepareStatement(sql)) {
      query.setString(1, tenantId);
      query.setString(2, cycle);
      List<Line> lines = new ArrayList<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          lines.add(
              new Line(
                  rows.getString(1),
                  rows.getLong(2),
                  rows.getLong(3),
                  rows.getLong(4),
                  rows.getLong(5),
                  rows.getLong(6),
                  rows.getLong(7)));
        }
      }
      return lines;
    } catch (SQLException e) {
      throw new StoreException("the usage of tenant " + tenantId + " cannot be read", e);
    }
  }

  private Map<String, Long> refused(String shard, String tenantId, String cycle, ZoneId zone) {
    var from = java.time.LocalDate.parse(cycle).atStartOfDay(zone).toEpochSecond();
    try (var connection = databases.shard(shard).getConnection();
        var query =
            connection.prepareStatement(
                "SELECT reason, SUM(count) FROM usage_refusal"
                    + " WHERE tenant_id = ? AND second_at >= ? GROUP BY reason ORDER BY reason")) {
      query.setString(1, tenantId);
      query.setLong(2, from);
      Map<String, Long> counts = new TreeMap<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          counts.put(rows.getString(1), rows.getLong(2));
        }
      }
      return counts;
    } catch (SQLException e) {
      throw new StoreException("the refusals of tenant " + tenantId + " cannot be read", e);
    }
  }
}

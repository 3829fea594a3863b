package dev.tollgate.core.store;

import dev.tollgate.core.metering.Cycle;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.Sort;
import io.micronaut.data.model.Sort.Order;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what one tenant has used. */
@Singleton
public final class UsageReader {

  private final TenantScope tenants;
  private final UsageRows rows;

  UsageReader(TenantScope tenants, UsageRows rows) {
    this.tenants = tenants;
    this.rows = rows;
  }

  /**
   * Units used.
   *
   * @param name a route, a principal or a day
   * @param cost in millionths of the minor unit of the plan's currency
   */
  @Introspected
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

  /**
   * A threshold of what the plan includes, and when it was reached.
   *
   * @param cycle first day of the billing cycle
   */
  public record Alert(String cycle, String meter, int percent, long included, Instant at) {}

  /**
   * @param zone the tenant's, for its days
   */
  public Usage usage(String shard, String tenantId, String cycle, ZoneId zone) {
    var failure = "the usage of tenant " + tenantId + " cannot be read";
    return tenants.of(shard, tenantId, failure, () -> usage(tenantId, cycle, zone));
  }

  private Usage usage(String tenantId, String cycle, ZoneId zone) {
    var days = new TreeMap<String, Line>();
    for (var hour : rows.hours(tenantId, cycle)) {
      var day = LocalHours.day(Long.parseLong(hour.name()), zone).toString();
      days.merge(day, rename(hour, day), UsageReader::add);
    }
    var routes = rows.routes(tenantId, cycle);
    var total = new Line("total", 0, 0, 0, 0, 0, 0);
    for (var route : routes) {
      total = add(total, route);
    }
    var from = Cycle.start(cycle, zone).getEpochSecond();
    var to = Cycle.end(cycle, zone).getEpochSecond();
    Map<String, Long> refused = new TreeMap<>();
    rows.refusals(tenantId, from, to).forEach(sum -> refused.put(sum.reason(), sum.count()));
    return new Usage(
        total, routes, rows.principals(tenantId, cycle), List.copyOf(days.values()), refused);
  }

  /** Thresholds reached in a cycle, in the order they were. */
  public List<Alert> alerts(String shard, String tenantId, String cycle) {
    var failure = "the alerts of tenant " + tenantId + " cannot be read";
    var sort = Sort.of(Order.asc("at"), Order.asc("percent"));
    return tenants.of(shard, tenantId, failure, () -> rows.findByCycle(cycle, sort)).stream()
        .map(AlertRow::alert)
        .toList();
  }

  /** Thresholds reached in any cycle, the latest first. */
  public List<Alert> latestAlerts(String shard, String tenantId, int atMost) {
    var failure = "the alerts of tenant " + tenantId + " cannot be read";
    var sort = Sort.of(Order.desc("at"), Order.desc("percent"), Order.asc("meter"));
    var page = Pageable.from(0, atMost, sort);
    return tenants.of(shard, tenantId, failure, () -> rows.findAll(page)).stream()
        .map(AlertRow::alert)
        .toList();
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
}

package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.metering.UsageMeter;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.store.UsageReader;
import dev.tollgate.core.store.UsageReader.Line;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a tenant has used in a cycle, as JSON members. */
@Singleton
final class UsageView {

  private final UsageReader reader;
  private final QuotaTracker quotas;

  UsageView(UsageReader reader, QuotaTracker quotas) {
    this.reader = reader;
    this.quotas = quotas;
  }

  /**
   * The answer of {@code GET /v1/usage}.
   *
   * @param cycle its first day, in the tenant's time zone
   * @param cycleEnds RFC 3339, UTC
   * @param meters those that the plan sells with what is admitted up to now; the others with what
   *     is in the ledger, which is about a second behind
   * @param refused counts by reason
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Usage(
      String tenant,
      String plan,
      String cycle,
      String cycleEnds,
      List<Meter> meters,
      Line total,
      List<Line> routes,
      List<Line> keys,
      List<Line> days,
      Map<String, Long> refused) {}

  /**
   * One meter; the last three members are there when the plan sells it.
   *
   * @param used units: requests, bytes both ways, tokens both ways, or millionths of the minor unit
   *     of the plan's currency
   * @param included units a cycle
   * @param overage {@code Bill} or {@code Block}
   * @param alerts thresholds that were reached
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Meter(
      String meter,
      long used,
      @Nullable Long included,
      @Nullable String overage,
      @Nullable List<Alert> alerts) {

    static Meter of(
        String name, long used, @Nullable MeterView sold, List<UsageReader.Alert> recorded) {
      if (sold == null) {
        return new Meter(name, used, null, null, null);
      }
      var alerts =
          sold.thresholds().stream()
              .filter(percent -> QuotaTracker.reached(used, sold.included(), percent))
              .map(percent -> new Alert(percent, at(sold, percent, recorded)))
              .toList();
      return new Meter(name, used, sold.included(), sold.overage().name(), alerts);
    }

    /** Of a threshold that was told before the quantity was noted with it. */
    private static final long NOT_NOTED = -1;

    private static @Nullable String at(
        MeterView sold, int percent, List<UsageReader.Alert> recorded) {
      for (var alert : recorded) {
        if (alert.meter().equals(sold.name())
            && alert.percent() == percent
            && (alert.included() == sold.included() || alert.included() == NOT_NOTED)) {
          return alert.at().toString();
        }
      }
      return null;
    }
  }

  /**
   * A threshold that was reached.
   *
   * @param percent of the included units
   * @param at RFC 3339, UTC; absent until it is in the ledger
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Alert(int percent, @Nullable String at) {}

  /**
   * The answer for the running cycle, or for one that is over: what was included then is not told.
   */
  HttpResponse<?> of(TenantView tenant, @Nullable String wanted) {
    var now = System.currentTimeMillis();
    var running = Cycle.at(now, tenant.zone());
    var cycle = wanted == null ? running : wanted;
    return Cycle.isBegun(cycle, now, tenant.zone())
        ? HttpResponse.ok(of(tenant, cycle, cycle.equals(running)))
        : ProblemResponses.of(
            Problem.of(
                422,
                "no-such-cycle",
                "No such cycle",
                "A cycle is named by its first day, such as " + running + ", and has begun."),
            "");
  }

  private Usage of(TenantView tenant, String cycle, boolean running) {
    var usage = reader.usage(tenant.shard(), tenant.tenantId(), cycle, tenant.zone());
    var alerts = reader.alerts(tenant.shard(), tenant.tenantId(), cycle);
    var total = usage.total();
    Map<String, MeterView> sold = running ? tenant.plan().meters() : Map.of();
    return new Usage(
        tenant.name(),
        tenant.plan().name(),
        cycle,
        Cycle.end(cycle, tenant.zone()).toString(),
        Stream.of(UsageMeter.values())
            .map(meter ->
                Meter.of(
                    meter.text(),
                    sold.containsKey(meter.text())
                        ? Math.max(quotas.used(tenant, cycle, meter), units(total, meter))
                        : units(total, meter),
                    sold.get(meter.text()),
                    alerts))
            .toList(),
        total,
        usage.routes(),
        usage.principals(),
        usage.days(),
        usage.refused());
  }

  private static long units(Line total, UsageMeter meter) {
    return switch (meter) {
      case REQUESTS -> total.requests();
      case BYTES -> total.bytesIn() + total.bytesOut();
      case TOKENS -> total.tokens();
      case MONEY -> total.cost();
    };
  }
}

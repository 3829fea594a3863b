package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.events.Delivery;
import dev.tollgate.core.events.Outbox;
import dev.tollgate.core.events.UsageAlert;
import dev.tollgate.core.store.AlertHistory;
import dev.tollgate.core.store.AlertHistory.Reached;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A tenant's alerts, and whether its webhook took them. */
@Controller("/v1/alerts")
@ExecuteOn(TaskExecutors.BLOCKING)
final class AlertsController {

  private static final int AT_MOST = 100;

  private final AlertHistory history;
  private final Outbox outbox;

  AlertsController(AlertHistory history, Outbox outbox) {
    this.history = history;
    this.outbox = outbox;
  }

  /** The answer of {@code GET /v1/alerts}. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Alerts(List<Alert> alerts) {}

  /**
   * A threshold that was reached.
   *
   * @param id the webhook's {@code webhook-id}
   * @param cycle first day of the billing cycle
   * @param percent of what the plan includes
   * @param at RFC 3339, UTC
   * @param delivery absent when the tenant had no webhook at that time
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Alert(
      String id,
      String meter,
      int percent,
      String cycle,
      String at,
      @Nullable DeliveryView delivery) {}

  /**
   * How far it has come; times in RFC 3339, UTC.
   *
   * @param state {@code pending}, {@code delivered} or {@code given-up}
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record DeliveryView(
      String state,
      int attempts,
      @Nullable String lastAttempt,
      @Nullable Integer lastStatus,
      @Nullable String lastError,
      @Nullable String nextAttempt) {

    static DeliveryView of(Delivery delivery) {
      return new DeliveryView(
          delivery.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          delivery.attempts(),
          text(delivery.lastAttempt()),
          delivery.lastStatus(),
          delivery.lastError(),
          text(delivery.nextAttempt()));
    }

    private static @Nullable String text(@Nullable Instant instant) {
      return instant == null ? null : instant.toString();
    }
  }

  @Get
  Alerts get(@RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal) {
    var tenant = principal.tenant();
    var deliveries =
        outbox.of(tenant.tenantId(), AT_MOST).stream()
            .collect(Collectors.toMap(d -> d.event().id(), Function.identity()));
    return new Alerts(
        history.of(tenant.shard(), tenant.tenantId(), AT_MOST).stream()
            .map(reached -> alert(tenant.tenantId(), reached, deliveries))
            .toList());
  }

  private static Alert alert(String tenantId, Reached reached, Map<String, Delivery> deliveries) {
    var id = UsageAlert.id(tenantId, reached.cycle(), reached.meter(), reached.percent());
    var delivery = deliveries.get(id);
    return new Alert(
        "msg_" + id,
        reached.meter(),
        reached.percent(),
        reached.cycle(),
        reached.at().toString(),
        delivery == null ? null : DeliveryView.of(delivery));
  }
}

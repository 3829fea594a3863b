package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.billing.order.BillingAlerts;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Scopes;
import dev.tollgate.core.events.Delivery;
import dev.tollgate.core.events.Event;
import dev.tollgate.core.events.Outbox;
import dev.tollgate.core.events.UsageAlert;
import dev.tollgate.core.store.UsageReader;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's alerts, and whether its webhook took them. Those of billing say what is owed, and are
 * for keys and tokens that may read that.
 */
@Controller("/v1/alerts")
@ExecuteOn(TaskExecutors.BLOCKING)
final class AlertsController {

  private static final int AT_MOST = 100;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final UsageReader usage;
  private final BillingAlerts billing;
  private final Outbox outbox;

  AlertsController(UsageReader usage, BillingAlerts billing, Outbox outbox) {
    this.usage = usage;
    this.billing = billing;
    this.outbox = outbox;
  }

  /** The answer of {@code GET /v1/alerts}. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Alerts(List<Alert> alerts) {}

  /**
   * A threshold that was reached, or something about what the tenant owes.
   *
   * @param id the webhook's {@code webhook-id}
   * @param type {@code usage.alert}, or the event's of billing
   * @param at RFC 3339, UTC
   * @param meter of a threshold
   * @param percent of what the plan includes
   * @param included units a cycle, when it was reached; absent where that was not noted
   * @param cycle first day of the billing cycle
   * @param data of billing, as the webhook is told
   * @param delivery absent when the tenant had no webhook at that time
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Alert(
      String id,
      String type,
      String at,
      @Nullable String meter,
      @Nullable Integer percent,
      @Nullable Long included,
      @Nullable String cycle,
      @Nullable JsonNode data,
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

    static @Nullable DeliveryView of(@Nullable Delivery delivery) {
      return delivery == null
          ? null
          : new DeliveryView(
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
  Alerts get(@RequestAttribute(Principal.ATTRIBUTE) Principal principal) {
    var tenant = principal.tenant();
    var id = tenant.tenantId();
    var deliveries =
        outbox.of(id, AT_MOST).stream()
            .collect(Collectors.toMap(d -> d.event().id(), Function.identity()));
    var reached = usage.latestAlerts(tenant.shard(), id, AT_MOST);
    var events =
        principal.hasScope(Scopes.BILLING_READ) ? billing.of(id, AT_MOST) : List.<Event>of();
    // each list has the latest first, and keeps its order where moments are the same
    return new Alerts(
        Stream.concat(
                reached.stream().map(r -> new At(r.at(), alert(id, r, deliveries))),
                events.stream().map(e -> new At(e.at(), alert(e, deliveries))))
            .sorted(Comparator.comparing(At::at).reversed())
            .limit(AT_MOST)
            .map(At::alert)
            .toList());
  }

  private record At(Instant at, Alert alert) {}

  private static Alert alert(
      String tenantId, UsageReader.Alert reached, Map<String, Delivery> deliveries) {
    var id =
        UsageAlert.id(
            tenantId, reached.cycle(), reached.meter(), reached.percent(), reached.included());
    return new Alert(
        "msg_" + id,
        UsageAlert.TYPE,
        reached.at().toString(),
        reached.meter(),
        reached.percent(),
        reached.included() < 0 ? null : reached.included(),
        reached.cycle(),
        null,
        DeliveryView.of(deliveries.get(id)));
  }

  private static Alert alert(Event event, Map<String, Delivery> deliveries) {
    return new Alert(
        "msg_" + event.id(),
        event.type(),
        event.at().toString(),
        null,
        null,
        null,
        null,
        data(event),
        DeliveryView.of(deliveries.get(event.id())));
  }

  private static JsonNode data(Event event) {
    try {
      return JSON.readTree(event.payload()).path("data");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the payload of alert " + event.id() + " is not JSON", e);
    }
  }
}

package dev.tollgate.core.events;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.view.TenantView;
import java.time.Instant;

/**
 * The event that a tenant has used a part of what its plan includes.
 *
 * @param cycle first day of the billing cycle
 * @param percent the threshold
 * @param used units, when it was noticed
 * @param included units a cycle
 */
public record UsageAlert(
    TenantView tenant, String cycle, String meter, int percent, long used, long included) {

  public static final String TYPE = "usage.alert";

  /**
   * The event's id: one for each threshold of a meter, a cycle and what is included in it,
   * whichever replica notices it.
   *
   * @param included -1 for one that was told before this was part of the id
   */
  public static String id(String tenantId, String cycle, String meter, int percent, long included) {
    return included < 0
        ? Event.id(TYPE, tenantId, cycle, meter, Integer.toString(percent))
        : Event.id(
            TYPE, tenantId, cycle, meter, Integer.toString(percent), Long.toString(included));
  }

  /** As it is told: {@code type}, {@code timestamp} and {@code data}, as Standard Webhooks says. */
  public Event event(Instant now) {
    var json = JsonNodeFactory.instance.objectNode();
    json.put("type", TYPE).put("timestamp", now.toString());
    json.putObject("data")
        .put("tenant", tenant.name())
        .put("plan", tenant.plan().name())
        .put("meter", meter)
        .put("percent", percent)
        .put("used", used)
        .put("included", included)
        .put("cycle", cycle)
        .put("cycleEnds", Cycle.end(cycle, tenant.zone()).toString());
    return new Event(
        tenant.tenantId(),
        id(tenant.tenantId(), cycle, meter, percent, included),
        TYPE,
        now,
        json.toString());
  }
}

package dev.tollgate.billing.order;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.store.Sql;
import dev.tollgate.core.events.Event;
import dev.tollgate.crd.view.TenantView;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a tenant is alerted about of what it owes, and its webhook told, if it has one at that time.
 * Each event is kept in the transaction of what it tells of, under an id that follows from it, so
 * that it is told once.
 */
final class TenantEvents {

  private static final String PAYMENT_FAILED = "billing.payment_failed";
  private static final String SUSPENDED = "billing.suspended";
  private static final String RESUMED = "billing.resumed";

  private final Function<String, Optional<TenantView>> tenants;

  /**
   * @param tenants by id, as they are served now
   */
  TenantEvents(Function<String, Optional<TenantView>> tenants) {
    this.tenants = tenants;
  }

  /**
   * An invoice should have been paid.
   *
   * @param suspendedFrom when the tenant is no longer served, unless it pays
   */
  void paymentFailed(Sql sql, Order order, Instant suspendedFrom, Instant now) throws SQLException {
    var tenant = tenants.apply(order.tenantId());
    if (tenant.isEmpty()) {
      return;
    }
    var data = JsonNodeFactory.instance.objectNode();
    data.put("tenant", tenant.get().name());
    data.put("invoice", order.id()).put("number", order.number());
    data.put("reason", order.state() == Order.State.FAILED ? "charge-failed" : "overdue");
    data.putObject("owed")
        .put("amount", Rounding.text(order.total() - order.paid(), order.currency()))
        .put("currency", order.currency());
    data.put("url", order.url()).put("suspendedFrom", suspendedFrom.toString());
    var id = Event.id(PAYMENT_FAILED, order.tenantId(), order.id());
    tell(sql, tenant.get(), event(order.tenantId(), id, PAYMENT_FAILED, now, data));
  }

  /** The tenant is no longer served. */
  void suspended(Sql sql, String tenantId, Instant since) throws SQLException {
    standing(sql, SUSPENDED, tenantId, since, since);
  }

  /**
   * The tenant is served again.
   *
   * @param since when it had been suspended
   */
  void resumed(Sql sql, String tenantId, Instant since, Instant now) throws SQLException {
    standing(sql, RESUMED, tenantId, since, now);
  }

  private void standing(Sql sql, String type, String tenantId, Instant since, Instant now)
      throws SQLException {
    var tenant = tenants.apply(tenantId);
    if (tenant.isPresent()) {
      var data = JsonNodeFactory.instance.objectNode();
      data.put("tenant", tenant.get().name()).put("suspendedSince", since.toString());
      var id = Event.id(type, tenantId, Long.toString(since.toEpochMilli()));
      tell(sql, tenant.get(), event(tenantId, id, type, now, data));
    }
  }

  /** The outbox forgets what it told; what is kept as an alert is not told again. */
  private static void tell(Sql sql, TenantView tenant, Event event) throws SQLException {
    if (BillingAlerts.put(sql, event) && tenant.webhook() != null) {
      sql.tell(event);
    }
  }

  private static Event event(
      String tenantId, String id, String type, Instant now, ObjectNode data) {
    var json = JsonNodeFactory.instance.objectNode();
    json.put("type", type).put("timestamp", now.toString()).set("data", data);
    return new Event(tenantId, id, type, now, json.toString());
  }
}

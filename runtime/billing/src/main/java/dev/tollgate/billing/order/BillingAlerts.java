package dev.tollgate.billing.order;

import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import dev.tollgate.core.events.Event;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** What tenants were alerted about, with a webhook or without; in the platform database. */
public final class BillingAlerts {

  private final BillingStore store;

  public BillingAlerts(BillingStore store) {
    this.store = store;
  }

  /** Keeps an alert; false when it is known already. */
  static boolean put(Sql sql, Event event) throws SQLException {
    return sql.update(
            "INSERT IGNORE INTO billing_alert (tenant_id, id, type, at, payload)"
                + " VALUES (?, ?, ?, ?, ?)",
            event.tenantId(),
            event.id(),
            event.type(),
            event.at().toEpochMilli(),
            event.payload())
        == 1;
  }

  /** A tenant's alerts, the latest first. */
  public List<Event> of(String tenantId, int atMost) {
    return store.transaction(sql ->
        sql.list(
            "SELECT tenant_id, id, type, at, payload FROM billing_alert WHERE tenant_id = ?"
                + " ORDER BY at DESC, id LIMIT ?",
            row ->
                new Event(
                    row.getString("tenant_id"),
                    row.getString("id"),
                    row.getString("type"),
                    Instant.ofEpochMilli(row.getLong("at")),
                    row.getString("payload")),
            tenantId,
            atMost));
  }
}

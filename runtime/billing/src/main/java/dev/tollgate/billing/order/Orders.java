package dev.tollgate.billing.order;

import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.InvoiceState;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Orders, refunds and disputes in the platform database. */
public final class Orders {

  private static final String COLUMNS =
      "SELECT tenant_id, id, kind, state, number, currency, total, paid, created, due_at,"
          + " late_from, url FROM billing_order";

  private final BillingStore store;

  public Orders(BillingStore store) {
    this.store = store;
  }

  /** A tenant's orders, the newest first. */
  public List<Order> of(String tenantId) {
    return store.transaction(sql ->
        sql.list(
            COLUMNS + " WHERE tenant_id = ? ORDER BY created DESC, id LIMIT 100",
            Orders::read,
            tenantId));
  }

  /** A tenant's refunds and disputes. */
  public List<Adjustment> adjustments(String tenantId) {
    return store.transaction(sql ->
        sql.list(
            "SELECT id, kind, state, currency, amount, reason, invoice FROM billing_adjustment"
                + " WHERE tenant_id = ? ORDER BY updated DESC, id LIMIT 100",
            row -> adjustment(row, ""),
            tenantId));
  }

  /** Writes what an invoice is now; whoever writes holds the lock of the tenant's account. */
  void write(Sql sql, String tenantId, InvoiceState invoice, Instant now) throws SQLException {
    var known =
        sql.first(
            COLUMNS + " WHERE tenant_id = ? AND id = ?", Orders::read, tenantId, invoice.id());
    var state = state(invoice);
    var late = lateFrom(invoice, state, known.map(Order::lateFrom), now);
    var due = invoice.due();
    sql.update(
        "INSERT INTO billing_order (tenant_id, id, kind, state, number, currency, total, paid,"
            + " created, due_at, late_from, url, updated)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON DUPLICATE KEY UPDATE state = VALUES(state), number = VALUES(number),"
            + " total = VALUES(total), paid = VALUES(paid), due_at = VALUES(due_at),"
            + " late_from = VALUES(late_from), url = VALUES(url), updated = VALUES(updated)",
        tenantId,
        invoice.id(),
        invoice.kind(),
        state.name(),
        invoice.number(),
        invoice.currency(),
        invoice.total(),
        invoice.paid(),
        invoice.created().toEpochMilli(),
        due == null ? null : due.toEpochMilli(),
        late == null ? null : late.toEpochMilli(),
        invoice.url(),
        now.toEpochMilli());
  }

  void write(Sql sql, String tenantId, Adjustment adjustment, Instant now) throws SQLException {
    sql.update(
        "INSERT INTO billing_adjustment (tenant_id, id, kind, state, currency, amount, reason,"
            + " invoice, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON DUPLICATE KEY UPDATE state = VALUES(state), amount = VALUES(amount),"
            + " reason = VALUES(reason), invoice = VALUES(invoice), updated = VALUES(updated)",
        tenantId,
        adjustment.id(),
        adjustment.kind(),
        adjustment.state(),
        adjustment.currency(),
        adjustment.amount(),
        adjustment.reason(),
        adjustment.invoice(),
        now.toEpochMilli());
  }

  /** Those of tenants' customers that are not written as they are. */
  List<Adjustment> news(List<Adjustment> now) {
    return store.transaction(sql -> {
      List<Adjustment> news = new ArrayList<>();
      for (var adjustment : now) {
        var known =
            sql.first(
                "SELECT b.state, b.amount, b.reason FROM billing_account a"
                    + " LEFT JOIN billing_adjustment b ON b.tenant_id = a.tenant_id AND b.id = ?"
                    + " WHERE a.customer = ?",
                row ->
                    adjustment.state().equals(row.getString(1))
                        && adjustment.amount() == row.getLong(2)
                        && adjustment.reason().equals(row.getString(3)),
                adjustment.id(),
                adjustment.customer());
        if (known.isPresent() && !known.get()) {
          news.add(adjustment);
        }
      }
      return news;
    });
  }

  /**
   * Refunds and disputes of all tenants, in the order of their ids.
   *
   * @param settled states of those that are left out
   * @param after the last id of those before
   */
  List<Adjustment> unsettled(Set<String> settled, String after, int atMost) {
    List<Object> values = new ArrayList<>(settled);
    values.addFirst(after);
    values.add(atMost);
    var states = String.join(", ", Collections.nCopies(settled.size(), "?"));
    return store.transaction(sql ->
        sql.list(
            "SELECT b.id, b.kind, a.customer, b.state, b.currency, b.amount, b.reason,"
                + " b.invoice FROM billing_adjustment b JOIN billing_account a ON a.tenant_id = b.tenant_id"
                + " WHERE b.id > ? AND b.state NOT IN ("
                + states
                + ") ORDER BY b.id LIMIT ?",
            row -> adjustment(row, row.getString("customer")),
            values.toArray()));
  }

  private static Adjustment adjustment(ResultSet row, String customer) throws SQLException {
    return new Adjustment(
        row.getString("id"),
        row.getString("kind"),
        customer,
        row.getString("state"),
        row.getString("currency"),
        row.getLong("amount"),
        row.getString("reason"),
        row.getString("invoice"));
  }

  /** What the tenant owes and should have paid, the oldest debt first. */
  List<Order> late(Sql sql, String tenantId, Instant now) throws SQLException {
    return sql.list(
        COLUMNS + " WHERE tenant_id = ? AND late_from <= ? ORDER BY late_from, id",
        Orders::read,
        tenantId,
        now.toEpochMilli());
  }

  /** Orders made before a moment that were sent and may still be paid, the oldest first. */
  public List<Order> unsettled(String tenantId, Instant before) {
    return store.transaction(sql ->
        sql.list(
            COLUMNS
                + " WHERE tenant_id = ? AND created < ?"
                + " AND state IN ('OPEN', 'FAILED', 'UNCOLLECTIBLE')"
                + " ORDER BY created, id",
            Orders::read,
            tenantId,
            before.toEpochMilli()));
  }

  /** How many tenants owe what should have been paid. */
  public long owing(Instant now) {
    return store.transaction(sql ->
        sql.first(
                "SELECT COUNT(DISTINCT tenant_id) FROM billing_order WHERE late_from <= ?",
                row -> row.getLong(1),
                now.toEpochMilli())
            .orElse(0L));
  }

  private static Order.State state(InvoiceState invoice) {
    return switch (invoice.status()) {
      case DRAFT -> Order.State.DRAFT;
      case OPEN -> invoice.failed() ? Order.State.FAILED : Order.State.OPEN;
      case PAID -> Order.State.PAID;
      case UNCOLLECTIBLE -> Order.State.UNCOLLECTIBLE;
      case VOID -> Order.State.VOID;
    };
  }

  private static @Nullable Instant lateFrom(
      InvoiceState invoice, Order.State state, Optional<Instant> known, Instant now) {
    return switch (state) {
      case OPEN -> invoice.due();
      case FAILED, UNCOLLECTIBLE -> known.filter(since -> since.isBefore(now)).orElse(now);
      case DRAFT, PAID, VOID -> null;
    };
  }

  private static Order read(ResultSet row) throws SQLException {
    return new Order(
        row.getString("tenant_id"),
        row.getString("id"),
        row.getString("kind"),
        Order.State.valueOf(row.getString("state")),
        row.getString("number"),
        row.getString("currency"),
        row.getLong("total"),
        row.getLong("paid"),
        Objects.requireNonNull(BillingStore.instant(row, "created")),
        BillingStore.instant(row, "due_at"),
        BillingStore.instant(row, "late_from"),
        row.getString("url"));
  }
}

package dev.tollgate.billing.order;

import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Notice.Subject;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Takes events of the engine, which may come twice, late and in any order: an event only says what
 * to look at. The object is asked anew while the tenant's account is locked, so that what is
 * written last is also what was read last; the event's id is written in the same transaction.
 */
public final class Notices {

  private final BillingEngine engine;
  private final BillingStore store;
  private final Accounts accounts;
  private final Orders orders;
  private final Dunning dunning;
  private final InstantSource clock;

  public Notices(
      BillingEngine engine,
      BillingStore store,
      Accounts accounts,
      Orders orders,
      Dunning dunning,
      InstantSource clock) {
    this.engine = engine;
    this.store = store;
    this.accounts = accounts;
    this.orders = orders;
    this.dunning = dunning;
    this.clock = clock;
  }

  /**
   * @return whether it was new
   */
  public boolean take(Notice notice, int graceDays) {
    if (known(notice)) {
      return false;
    }
    return switch (notice.subject()) {
      case Subject.Invoice invoice -> {
        var customer = engine.invoice(invoice.id()).customer();
        yield store.transaction(
            sql -> first(sql, notice) && look(sql, customer, invoice.id(), graceDays));
      }
      case Subject.Charge charge -> adjust(notice);
      case Subject.Refund refund -> adjust(notice);
      case Subject.Dispute dispute -> adjust(notice);
      case Subject.Checkout checkout ->
          store.transaction(sql -> first(sql, notice) && pays(sql, checkout.id()));
      case Subject.Other other -> store.transaction(sql -> first(sql, notice));
    };
  }

  /** Looks at an invoice without an event, in case none came. */
  public void look(String customer, String invoice, int graceDays) {
    var _ = store.transaction(sql -> look(sql, customer, invoice, graceDays));
  }

  /** Looks at refunds or a dispute without an event, in case none came. */
  void look(String customer, Subject subject) {
    var _ =
        store.transaction(sql -> {
          var tenant = accounts.tenantOf(sql, customer);
          if (tenant.isPresent()) {
            Accounts.lock(sql, tenant.get());
            for (var now : engine.adjustments(subject)) {
              orders.write(sql, tenant.get(), now, clock.instant());
            }
          }
          return true;
        });
  }

  private boolean look(Sql sql, String customer, String invoice, int graceDays)
      throws SQLException {
    var tenant = accounts.tenantOf(sql, customer);
    if (tenant.isPresent()) {
      Accounts.lock(sql, tenant.get());
      orders.write(sql, tenant.get(), engine.invoice(invoice), clock.instant());
      dunning.judge(sql, tenant.get(), graceDays);
    }
    return true;
  }

  private boolean pays(Sql sql, String checkout) throws SQLException {
    var seen = engine.paymentMethod(checkout);
    if (seen.isPresent()) {
      var tenant = accounts.tenantOf(sql, seen.get().customer());
      if (tenant.isPresent()) {
        Accounts.lock(sql, tenant.get());
        var now = engine.paymentMethod(checkout).orElseThrow();
        accounts.pays(sql, now.customer(), now.id());
      }
    }
    return true;
  }

  private boolean adjust(Notice notice) {
    return store.transaction(sql -> {
      if (!first(sql, notice)) {
        return false;
      }
      for (Adjustment seen : engine.adjustments(notice.subject())) {
        var tenant = accounts.tenantOf(sql, seen.customer());
        if (tenant.isPresent()) {
          Accounts.lock(sql, tenant.get());
        }
      }
      for (Adjustment now : engine.adjustments(notice.subject())) {
        var tenant = accounts.tenantOf(sql, now.customer());
        if (tenant.isPresent()) {
          orders.write(sql, tenant.get(), now, clock.instant());
        }
      }
      return true;
    });
  }

  /** Forgets ids of events that came before a moment; one of them that comes again is looked at. */
  public int forget(Instant before) {
    return store.transaction(
        sql -> sql.update("DELETE FROM billing_event WHERE received < ?", before.toEpochMilli()));
  }

  private boolean known(Notice notice) {
    return store.transaction(sql ->
        sql.first("SELECT id FROM billing_event WHERE id = ?", row -> row.getString(1), notice.id())
            .isPresent());
  }

  private boolean first(Sql sql, Notice notice) throws SQLException {
    return sql.update(
            "INSERT IGNORE INTO billing_event (id, type, received) VALUES (?, ?, ?)",
            notice.id(),
            notice.type(),
            clock.millis())
        == 1;
  }
}

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
import java.util.Optional;

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
    // whose it is never changes, so that it is asked before anything is locked
    var customer = engine.customer(notice.subject());
    return store.transaction(sql -> {
      if (!first(sql, notice)) {
        return false;
      }
      if (customer.isPresent()) {
        look(sql, customer.get(), notice.subject(), graceDays);
      }
      return true;
    });
  }

  /** Looks at an invoice without an event, in case none came. */
  public void look(String customer, String invoice, int graceDays) {
    store.transaction(sql -> look(sql, customer, new Subject.Invoice(invoice), graceDays));
  }

  /** Looks at a refund or a dispute without an event, in case none came. */
  void look(Adjustment seen) {
    store.transaction(sql -> {
      var tenant = locked(sql, seen.customer());
      if (tenant.isPresent()) {
        adjust(sql, tenant.get(), seen.subject());
      }
      return tenant;
    });
  }

  /**
   * The engine is asked once more while the tenant's account is locked, and must be: of two events
   * that are taken at the same time, the one that writes last would otherwise write what it read
   * before the other.
   */
  private Optional<String> look(Sql sql, String customer, Subject subject, int graceDays)
      throws SQLException {
    var tenant = locked(sql, customer);
    if (tenant.isPresent()) {
      switch (subject) {
        case Subject.Invoice invoice -> {
          orders.write(sql, tenant.get(), engine.invoice(invoice.id()), clock.instant());
          dunning.judge(sql, tenant.get(), graceDays);
        }
        case Subject.Charge charge -> adjust(sql, tenant.get(), charge);
        case Subject.Refund refund -> adjust(sql, tenant.get(), refund);
        case Subject.Dispute dispute -> adjust(sql, tenant.get(), dispute);
        case Subject.Checkout checkout -> pays(sql, customer);
        case Subject.Other other -> {}
      }
    }
    return tenant;
  }

  /** The tenant that a customer stands for, with its account locked; none when it is no tenant. */
  private Optional<String> locked(Sql sql, String customer) throws SQLException {
    var tenant = accounts.tenantOf(sql, customer);
    if (tenant.isPresent()) {
      Accounts.lock(sql, tenant.get());
    }
    return tenant;
  }

  private void adjust(Sql sql, String tenant, Subject subject) throws SQLException {
    for (var now : engine.adjustments(subject, true)) {
      orders.write(sql, tenant, now, clock.instant());
    }
  }

  private void pays(Sql sql, String customer) throws SQLException {
    var method = engine.paymentMethod(customer);
    if (method.isPresent()) {
      accounts.pays(sql, customer, method.get());
    }
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

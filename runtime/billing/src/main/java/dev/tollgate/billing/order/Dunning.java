package dev.tollgate.billing.order;

import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import dev.tollgate.crd.view.TenantView;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/**
 * Suspends a tenant that owes for longer than the days of grace, and lets it go on once it has
 * paid: a verdict in the store, which says why. Follows from the orders alone, so it may be judged
 * again at any time. The tenant is told of invoices that should have been paid, and of both.
 */
public final class Dunning {

  private static final String SOURCE = "billing";

  private final BillingStore store;
  private final Orders orders;
  private final TenantEvents events;
  private final InstantSource clock;

  /**
   * @param tenants by id, as they are served now; they are alerted
   */
  public Dunning(
      BillingStore store,
      Orders orders,
      Function<String, Optional<TenantView>> tenants,
      InstantSource clock) {
    this.events = new TenantEvents(tenants);
    this.store = store;
    this.orders = orders;
    this.clock = clock;
  }

  /** Where a tenant stands with what it owes. */
  public enum Standing {
    GOOD,
    /** Something is owed that should have been paid; served during the days of grace. */
    PAST_DUE,
    SUSPENDED
  }

  /** Judges a tenant in a transaction of its own. */
  public Standing judge(String tenantId, int graceDays) {
    return store.transaction(sql -> {
      Accounts.lock(sql, tenantId);
      return judge(sql, tenantId, graceDays);
    });
  }

  /** Whoever judges holds the lock of the tenant's account. */
  Standing judge(Sql sql, String tenantId, int graceDays) throws SQLException {
    var now = clock.instant();
    var grace = Duration.ofDays(graceDays);
    var late = orders.late(sql, tenantId, now);
    for (var order : late) {
      events.paymentFailed(sql, order, late.getFirst().late().plus(grace), now);
    }
    if (late.isEmpty() || now.isBefore(late.getFirst().late().plus(grace))) {
      resume(sql, tenantId, now);
      return late.isEmpty() ? Standing.GOOD : Standing.PAST_DUE;
    }
    boolean suspended =
        sql.update(
                "INSERT IGNORE INTO tenant_verdict (tenant_id, source, reason, since)"
                    + " VALUES (?, ?, ?, ?)",
                tenantId,
                SOURCE,
                "an invoice should have been paid since " + late.getFirst().late(),
                now.toEpochMilli())
            == 1;
    if (suspended) {
      events.suspended(sql, tenantId, now);
    }
    return Standing.SUSPENDED;
  }

  private void resume(Sql sql, String tenantId, Instant now) throws SQLException {
    var since =
        sql.first(
            "SELECT since FROM tenant_verdict WHERE tenant_id = ? AND source = ? FOR UPDATE",
            row -> Instant.ofEpochMilli(row.getLong(1)),
            tenantId,
            SOURCE);
    if (since.isPresent()) {
      sql.update("DELETE FROM tenant_verdict WHERE tenant_id = ? AND source = ?", tenantId, SOURCE);
      events.resumed(sql, tenantId, since.get(), now);
    }
  }

  /** The standing as it was judged last. */
  public Standing standing(String tenantId) {
    return store.transaction(sql -> {
      Optional<String> verdict =
          sql.first(
              "SELECT reason FROM tenant_verdict WHERE tenant_id = ? AND source = ?",
              row -> row.getString(1),
              tenantId,
              SOURCE);
      if (verdict.isPresent()) {
        return Standing.SUSPENDED;
      }
      return orders.late(sql, tenantId, clock.instant()).isEmpty()
          ? Standing.GOOD
          : Standing.PAST_DUE;
    });
  }

  /** How many tenants are suspended for what they owe. */
  public long suspended() {
    return store.transaction(sql ->
        sql.first(
                "SELECT COUNT(*) FROM tenant_verdict WHERE source = ?",
                row -> row.getLong(1),
                SOURCE)
            .orElse(0L));
  }
}

package dev.tollgate.billing.order;

import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Suspends a tenant that owes for longer than the days of grace, and lets it go on once it has
 * paid: a verdict in the store, which says why. Follows from the orders alone, so it may be judged
 * again at any time.
 */
public final class Dunning {

  private static final String SOURCE = "billing";

  private final BillingStore store;
  private final Orders orders;
  private final InstantSource clock;

  public Dunning(BillingStore store, Orders orders, InstantSource clock) {
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
    return store.transaction(sql -> judge(sql, tenantId, graceDays));
  }

  Standing judge(Sql sql, String tenantId, int graceDays) throws SQLException {
    var now = clock.instant();
    var since = orders.owesSince(sql, tenantId, now);
    if (since.isEmpty() || now.isBefore(since.get().plus(Duration.ofDays(graceDays)))) {
      sql.update("DELETE FROM tenant_verdict WHERE tenant_id = ? AND source = ?", tenantId, SOURCE);
      return since.isEmpty() ? Standing.GOOD : Standing.PAST_DUE;
    }
    sql.update(
        "INSERT IGNORE INTO tenant_verdict (tenant_id, source, reason, since) VALUES (?, ?, ?, ?)",
        tenantId,
        SOURCE,
        "an invoice should have been paid since " + since.get(),
        now.toEpochMilli());
    return Standing.SUSPENDED;
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
      return orders.owesSince(sql, tenantId, clock.instant()).isPresent()
          ? Standing.PAST_DUE
          : Standing.GOOD;
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

package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.billing.store.Sql;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Compares what the ledger holds, what the engine has counted and what was invoiced. Events that
 * the engine took an hour ago and has not counted are taken off what is assigned, so that they are
 * sent anew; what an invoice has too much or too little is put right by the late items of {@link
 * LateUsage}. What remains is drift, which a person must look at.
 */
public final class Reconciliation {

  /** The engine counts events a moment after it took them. */
  private static final Duration SETTLED = Duration.ofHours(1);

  private final BillingEngine engine;
  private final BillingStore store;
  private final Intents intents;
  private final InstantSource clock;

  public Reconciliation(
      BillingEngine engine, BillingStore store, Intents intents, InstantSource clock) {
    this.engine = engine;
    this.store = store;
    this.intents = intents;
    this.clock = clock;
  }

  /**
   * What one comparison found; units.
   *
   * @param ledger in the ledger now
   * @param assigned of it that an event, an invoice or a late item stands for
   * @param metered that the engine has counted
   * @param drift above zero: taken by the engine an hour ago and not counted; below zero: counted
   *     and never sent
   */
  public record Finding(
      String tenantId,
      String cycle,
      String meter,
      long ledger,
      long assigned,
      long metered,
      long drift,
      Instant checked) {}

  /** Compares and repairs one cycle of a tenant. */
  public void check(Account account, BilledCycle cycle, Map<String, Long> ledger) {
    for (var meter : cycle.terms().billed()) {
      check(account, cycle, meter.meter(), ledger.getOrDefault(meter.meter(), 0L));
    }
  }

  private void check(Account account, BilledCycle cycle, String meter, long used) {
    // read before the engine is asked: what is sent in between is counted and not expected
    var sent = sent(cycle, meter);
    long metered = engine.reported(account.customer(), meter, cycle.since(meter), cycle.ends());
    boolean open = cycle.state() == BilledCycle.State.OPEN;
    long drift = 0;
    if (open) {
      drift = metered < sent.old() ? sent.old() - metered : Math.min(0, sent.all() - metered);
    }
    long missing = Math.max(0, drift);
    long found = drift;
    store.transaction(sql -> {
      boolean still = Accounts.lock(sql, cycle).state() == BilledCycle.State.OPEN;
      var cursor = Cursor.lock(sql, cycle, meter);
      if (still
          && missing > 0
          && missing <= cursor.assigned()
          && forgotten(sql, cycle, meter) == sent.lost()) {
        new Cursor(cursor.assigned() - missing, cursor.sequence(), cursor.advanced())
            .write(sql, cycle, meter);
        forget(sql, cycle, meter, missing);
      }
      return write(sql, cycle, meter, used, cursor.assigned(), metered, found);
    });
  }

  /**
   * What was sent at the meter's present price, without what was lost and sent anew.
   *
   * @param all units, as in {@link Intents.Units}
   * @param old of them
   * @param lost units that were sent anew until now
   */
  private record Sent(long all, long old, long lost) {}

  private Sent sent(BilledCycle cycle, String meter) {
    var before = clock.instant().minus(SETTLED);
    return store.transaction(sql -> {
      var prefix = "usage/" + cycle.cycle() + "/" + meter + "/";
      var sent = intents.units(sql, cycle.tenantId(), prefix, before);
      // what was sent before a change of plan was charged by then, whether it was counted or not
      long lost = forgotten(sql, cycle, meter);
      long off = lost + cycle.from(meter);
      return new Sent(sent.all() - off, sent.old() - off, lost);
    });
  }

  /** Units of events that the engine lost, and that were sent anew. */
  private static long forgotten(Sql sql, BilledCycle cycle, String meter) throws SQLException {
    return sql.first(
            "SELECT lost FROM billing_reconciliation"
                + " WHERE tenant_id = ? AND cycle = ? AND meter = ?",
            row -> row.getLong(1),
            cycle.tenantId(),
            cycle.cycle(),
            meter)
        .orElse(0L);
  }

  private static void forget(Sql sql, BilledCycle cycle, String meter, long units)
      throws SQLException {
    sql.update(
        "INSERT INTO billing_reconciliation (tenant_id, cycle, meter, ledger, assigned, metered,"
            + " drift, lost, checked) VALUES (?, ?, ?, 0, 0, 0, 0, ?, 0)"
            + " ON DUPLICATE KEY UPDATE lost = lost + VALUES(lost)",
        cycle.tenantId(),
        cycle.cycle(),
        meter,
        units);
  }

  private int write(
      Sql sql, BilledCycle cycle, String meter, long used, long assigned, long metered, long drift)
      throws SQLException {
    return sql.update(
        "INSERT INTO billing_reconciliation (tenant_id, cycle, meter, ledger, assigned, metered,"
            + " drift, lost, checked) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)"
            + " ON DUPLICATE KEY UPDATE ledger = VALUES(ledger), assigned = VALUES(assigned),"
            + " metered = VALUES(metered), drift = VALUES(drift), checked = VALUES(checked)",
        cycle.tenantId(),
        cycle.cycle(),
        meter,
        used,
        assigned,
        metered,
        drift,
        clock.millis());
  }

  /** What the last comparisons found, of cycles compared after a moment. */
  public List<Finding> findings(Instant after) {
    return store.transaction(sql ->
        sql.list(
            "SELECT tenant_id, cycle, meter, ledger, assigned, metered, drift, checked"
                + " FROM billing_reconciliation WHERE checked > ?"
                + " ORDER BY tenant_id, cycle, meter",
            row ->
                new Finding(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getLong(7),
                    Objects.requireNonNull(BillingStore.instant(row, "checked"))),
            after.toEpochMilli()));
  }
}

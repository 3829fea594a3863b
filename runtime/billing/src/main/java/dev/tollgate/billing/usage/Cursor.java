package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.store.Sql;
import java.sql.SQLException;

/**
 * How many units of a cycle and meter have been given to an intent.
 *
 * @param assigned units of the ledger that an event, an invoice or a late item stands for
 * @param sequence number of the last intent
 * @param advanced units that invoices before the end of the cycle stand for
 */
record Cursor(long assigned, long sequence, long advanced) {

  /** The row, locked until the transaction ends. */
  static Cursor lock(Sql sql, BilledCycle cycle, String meter) throws SQLException {
    sql.update(
        "INSERT IGNORE INTO billing_usage (tenant_id, cycle, meter, assigned, sequence, advanced)"
            + " VALUES (?, ?, ?, 0, 0, 0)",
        cycle.tenantId(),
        cycle.cycle(),
        meter);
    return sql.first(
            "SELECT assigned, sequence, advanced FROM billing_usage"
                + " WHERE tenant_id = ? AND cycle = ? AND meter = ? FOR UPDATE",
            row -> new Cursor(row.getLong(1), row.getLong(2), row.getLong(3)),
            cycle.tenantId(),
            cycle.cycle(),
            meter)
        .orElseThrow();
  }

  void write(Sql sql, BilledCycle cycle, String meter) throws SQLException {
    sql.update(
        "UPDATE billing_usage SET assigned = ?, sequence = ?, advanced = ?"
            + " WHERE tenant_id = ? AND cycle = ? AND meter = ?",
        assigned,
        sequence,
        advanced,
        cycle.tenantId(),
        cycle.cycle(),
        meter);
  }
}

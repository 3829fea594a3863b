package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.InvoiceDraft;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Sends an invoice before the cycle ends whenever so many units more were used. What it asks for is
 * taken off the cycle's own invoice again, on which the engine's meters count everything: a line
 * here, and the same amount below zero there.
 */
public final class Thresholds {

  private final BillingEngine engine;
  private final BillingStore store;
  private final Intents intents;

  public Thresholds(BillingEngine engine, BillingStore store, Intents intents) {
    this.engine = engine;
    this.store = store;
    this.intents = intents;
  }

  /** Units of a meter that make an invoice. */
  public record Threshold(String meter, long quantity) {}

  /**
   * All that an invoice needs, noted before the first part of it is made.
   *
   * @param amount whole steps of the currency
   */
  record Advance(
      String customer,
      String subscription,
      String currency,
      long amount,
      int daysUntilDue,
      String description) {}

  /** Notes invoices for thresholds that the ledger has passed. */
  public void note(
      Account account,
      BilledCycle cycle,
      Map<String, Long> ledger,
      List<Threshold> thresholds,
      int daysUntilDue) {
    for (var threshold : thresholds) {
      var meter = cycle.terms().billed(threshold.meter()).orElse(null);
      long units = ledger.getOrDefault(threshold.meter(), 0L);
      long reached = units / threshold.quantity() * threshold.quantity();
      if (meter == null || reached == 0 || account.subscription() == null) {
        continue;
      }
      long step = engine.step(cycle.terms().currency());
      var _ =
          store.transaction(sql -> {
            var cursor = Cursor.lock(sql, cycle, meter.meter());
            if (reached <= cursor.advanced()) {
              return false;
            }
            new Cursor(cursor.assigned(), cursor.sequence(), reached)
                .write(sql, cycle, meter.meter());
            long amount =
                Rounding.line(cycle.cost(meter.meter(), reached), step)
                    - Rounding.line(cycle.cost(meter.meter(), cursor.advanced()), step);
            if (amount > 0) {
              intents.note(
                  sql,
                  cycle.tenantId(),
                  "threshold/" + cycle.cycle() + "/" + meter.meter() + "/" + reached,
                  new Advance(
                      account.customer(),
                      Objects.requireNonNull(account.subscription()),
                      cycle.terms().currency(),
                      amount,
                      daysUntilDue,
                      "Usage of the cycle %s up to %d %s"
                          .formatted(cycle.cycle(), reached, meter.meter())));
            }
            return true;
          });
    }
  }

  /**
   * Makes the invoices that are noted: the draft, its line, the line that takes it off, the end.
   */
  public void settle(String tenantId) {
    for (var intent : intents.open(tenantId, "threshold/")) {
      settle(intent);
    }
  }

  private void settle(Intent advance) {
    var body = advance.body(Advance.class);
    var mark = advance.id();
    var tenant = advance.tenantId();
    var draft =
        new InvoiceDraft(
            mark, body.customer(), body.currency(), body.daysUntilDue(), body.description());
    var invoice =
        intents.settle(
            intents.note(tenant, "part/" + mark + "/invoice", () -> draft),
            () -> engine.findInvoice(body.customer(), mark),
            i -> engine.createInvoice(draft, i.key()));
    item(
        tenant,
        new ItemDraft(
            mark + "/charge",
            body.customer(),
            null,
            invoice,
            body.currency(),
            body.amount(),
            body.description()));
    item(
        tenant,
        new ItemDraft(
            mark + "/credit",
            body.customer(),
            body.subscription(),
            null,
            body.currency(),
            -body.amount(),
            body.description() + ", invoiced before"));
    engine.finish(invoice);
    store.transaction(sql -> {
      intents.done(sql, advance, invoice);
      return invoice;
    });
  }

  private void item(String tenant, ItemDraft draft) {
    intents.settle(
        intents.note(tenant, "part/" + draft.mark(), () -> draft),
        () -> engine.findItem(draft.customer(), draft.mark()),
        i -> engine.createItem(draft, i.key()));
  }
}

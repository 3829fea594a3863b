package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.InvoiceDraft;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.price.MeterTerms;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Closes cycles, and charges what comes in after that on the next invoice, marked. When the invoice
 * of a cycle can no longer change, what it says was used is what has been billed; the rest of the
 * ledger is late, at the prices of its own cycle. What an invoice has too much is given back in the
 * same way. After a subscription has ended, what is late has an invoice of its own.
 */
public final class LateUsage {

  /** How marks of items begin that go on an invoice later than they should. */
  static final String ITEM = "late/";

  /** An invoice is a draft for an hour. */
  private static final Duration DRAFT = Duration.ofMinutes(65);

  private final BillingEngine engine;
  private final BillingStore store;
  private final Intents intents;
  private final InstantSource clock;

  public LateUsage(BillingEngine engine, BillingStore store, Intents intents, InstantSource clock) {
    this.engine = engine;
    this.store = store;
    this.intents = intents;
    this.clock = clock;
  }

  /** Closes a cycle that has ended, once its invoice is finished. */
  public boolean close(BilledCycle cycle) {
    if (clock.instant().isBefore(cycle.ends().plus(DRAFT))) {
      return false;
    }
    var invoice = engine.cycleInvoice(cycle.subscription(), cycle.ends());
    if (invoice.isEmpty()) {
      return false;
    }
    return store.transaction(sql -> {
      if (Accounts.lock(sql, cycle).state() == BilledCycle.State.CLOSED) {
        // by another replica, which may have charged what is late since then
        return false;
      }
      for (var meter : cycle.terms().billed()) {
        var cursor = Cursor.lock(sql, cycle, meter.meter());
        var last =
            intents.find(sql, cycle.tenantId(), UsageReporting.id(cycle, meter.meter(), cursor));
        if (UsageReporting.unsettled(last)) {
          // the invoice tells whether it counted; it must not be sent any more
          intents.done(sql, last.orElseThrow(), "closed");
        }
        var billed = invoice.get().units().getOrDefault(meter.meter(), 0L);
        new Cursor(cycle.from(meter.meter()) + billed, cursor.sequence(), cursor.advanced())
            .write(sql, cycle, meter.meter());
      }
      sql.update(
          "UPDATE billing_cycle SET state = 'CLOSED', invoice = ? WHERE tenant_id = ? AND cycle = ?",
          invoice.get().id(),
          cycle.tenantId(),
          cycle.cycle());
      return true;
    });
  }

  /**
   * Charges what a closed cycle has more in the ledger than was billed.
   *
   * @param subscription on whose next invoice it goes; null where there is none
   */
  public void charge(
      Account account, @Nullable String subscription, BilledCycle cycle, Map<String, Long> ledger) {
    for (var meter : cycle.terms().billed()) {
      note(account, subscription, cycle, meter, ledger.getOrDefault(meter.meter(), 0L));
    }
  }

  private void note(
      Account account,
      @Nullable String subscription,
      BilledCycle cycle,
      MeterTerms meter,
      long units) {
    long step = engine.step(cycle.terms().currency());
    long before = cycle.from(meter.meter());
    var _ =
        store.transaction(sql -> {
          var cursor = Cursor.lock(sql, cycle, meter.meter());
          if (units == cursor.assigned()) {
            return false;
          }
          var next = new Cursor(units, cursor.sequence() + 1, cursor.advanced());
          next.write(sql, cycle, meter.meter());
          long amount =
              Rounding.line(meter.cost(units - before), step)
                  - Rounding.line(meter.cost(cursor.assigned() - before), step);
          if (amount != 0) {
            var id = ITEM + cycle.cycle() + "/" + meter.meter() + "/" + next.sequence();
            intents.note(
                sql,
                cycle.tenantId(),
                id,
                new ItemDraft(
                    id,
                    account.customer(),
                    subscription,
                    null,
                    cycle.terms().currency(),
                    amount,
                    "Late usage of the cycle %s: %d %s"
                        .formatted(cycle.cycle(), units - cursor.assigned(), meter.meter())));
          }
          return true;
        });
  }

  /** Asks for the items that are noted and not yet on their way. */
  public void settle(String tenantId) {
    for (var intent : intents.open(tenantId, ITEM)) {
      var draft = intent.body(ItemDraft.class);
      intents.settle(
          intent,
          () -> engine.findItem(draft.customer(), draft.mark()),
          i -> engine.createItem(draft, i.key()));
    }
  }

  /**
   * The same of a tenant that is gone, or pays nothing any more: what has no next invoice has one
   * of its own.
   */
  public void settleGone(String tenantId, int daysUntilDue) {
    for (var intent : intents.open(tenantId, ITEM)) {
      var draft = intent.body(ItemDraft.class);
      if (draft.subscription() == null && draft.amount() > 0) {
        invoice(intent, draft, daysUntilDue);
      }
    }
    settle(tenantId);
  }

  private void invoice(Intent late, ItemDraft item, int daysUntilDue) {
    var draft =
        new InvoiceDraft(
            item.mark(), item.customer(), item.currency(), daysUntilDue, item.description());
    var invoice =
        intents.settle(
            intents.note(late.tenantId(), "part/" + item.mark() + "/invoice", () -> draft),
            () -> engine.findInvoice(item.customer(), item.mark()),
            i -> engine.createInvoice(draft, i.key()));
    var charge = item.on(invoice);
    intents.settle(
        intents.note(late.tenantId(), "part/" + charge.mark(), () -> charge),
        () -> engine.findItem(charge.customer(), charge.mark()),
        i -> engine.createItem(charge, i.key()));
    engine.finish(invoice);
    store.transaction(sql -> {
      intents.done(sql, late, invoice);
      return invoice;
    });
  }
}

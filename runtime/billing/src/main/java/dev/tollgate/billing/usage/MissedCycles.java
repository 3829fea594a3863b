package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.account.Dues;
import dev.tollgate.billing.account.Dues.Due;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Statement;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Charges cycles in which a tenant should have had a subscription and the engine could not be asked
 * for one: the fee, and all usage as late usage, on the next invoice or, where there is no
 * subscription now either, on invoices of their own.
 */
public final class MissedCycles {

  private final BillingEngine engine;
  private final BillingStore store;
  private final Accounts accounts;
  private final Intents intents;
  private final Dues dues;
  private final LateUsage late;
  private final LedgerTotals ledger;

  public MissedCycles(
      BillingEngine engine,
      BillingStore store,
      Accounts accounts,
      Intents intents,
      Dues dues,
      LateUsage late,
      LedgerTotals ledger) {
    this.engine = engine;
    this.store = store;
    this.accounts = accounts;
    this.intents = intents;
    this.dues = dues;
    this.late = late;
    this.ledger = ledger;
  }

  /**
   * Notes what is to be charged of whatever is due and not covered by the account's subscription.
   *
   * @param shard that has the tenant's ledger
   */
  public void charge(Account account, String shard) {
    for (var intent : dues.open(account.tenantId())) {
      charge(account, shard, intent, intent.body(Due.class));
    }
  }

  private void charge(Account account, String shard, Intent intent, Due due) {
    accounts.missed(cycle(account, shard, due));
    var cycle = accounts.cycle(account.tenantId(), due.cycle()).orElseThrow();
    boolean missed = cycle.state() == BilledCycle.State.CLOSED && cycle.invoice() == null;
    if (missed) {
      var used = cycle.sold(ledger.of(shard, cycle.tenantId(), cycle.cycle()));
      late.charge(account, account.subscription(), cycle, used);
    }
    store.transaction(sql -> {
      long fee = missed ? fee(cycle, due) : 0;
      if (fee != 0) {
        var mark = LateUsage.ITEM + cycle.cycle() + "/fee";
        intents.note(
            sql,
            cycle.tenantId(),
            mark,
            new ItemDraft(
                mark,
                account.customer(),
                account.subscription(),
                null,
                due.terms().currency(),
                fee,
                "Fee of the cycle %s, plan %s"
                    .formatted(cycle.cycle(), due.terms().displayName())));
      }
      intents.done(sql, intent, "charged");
      return fee;
    });
  }

  private BilledCycle cycle(Account account, String shard, Due due) {
    var tenant = account.tenantId();
    // what began before it was due carries a plan that cost nothing
    var before =
        due.from().isAfter(due.starts())
            ? new History(
                List.of(),
                ledger.onOtherPlans(
                    shard, tenant, due.cycle(), due.terms().plan(), due.revision(), due.from()))
            : History.NONE;
    return new BilledCycle(
        tenant,
        due.cycle(),
        Objects.requireNonNullElse(account.subscription(), ""),
        due.starts(),
        due.ends(),
        due.terms(),
        before,
        BilledCycle.State.CLOSED,
        null);
  }

  /** In proportion where it was due from a moment within the cycle. */
  private long fee(BilledCycle cycle, Due due) {
    var period = cycle.period(due.from(), engine.step(due.terms().currency()));
    return Statement.of(period, Map.of()).lines().getFirst().amount();
  }
}

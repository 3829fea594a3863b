package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.account.Subscriptions;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.billing.store.Sql;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Gives a subscription the terms of another plan within a cycle. First the units that were sold
 * until then are noted, then the engine changes the subscription, then, in one transaction, the
 * cycle gets its new terms and what was used before becomes an invoice item at the old prices. No
 * usage is sent in between, so that the engine counts at the new prices only what came after.
 */
public final class PlanChanges {

  /** A change that the engine does not have so long before the cycle's end is given up. */
  private static final Duration TOO_LATE = Duration.ofHours(2);

  private static final String CHANGE = "change/";
  private static final String BEFORE = "before/";

  private final BillingEngine engine;
  private final BillingStore store;
  private final Accounts accounts;
  private final Intents intents;
  private final InstantSource clock;

  public PlanChanges(
      BillingEngine engine,
      BillingStore store,
      Accounts accounts,
      Intents intents,
      InstantSource clock) {
    this.engine = engine;
    this.store = store;
    this.accounts = accounts;
    this.intents = intents;
    this.clock = clock;
  }

  /**
   * A change that was decided.
   *
   * @param sold units by meter that were sold in the cycle until then
   * @param unsold as in {@link History}
   */
  record Change(
      String cycle,
      String customer,
      String subscription,
      Terms to,
      Proration proration,
      Map<String, Long> sold,
      Map<String, Long> unsold) {}

  /**
   * Decides a change when there is one to be made now, and makes it.
   *
   * @param cycle that runs; its usage has just been reported
   * @param ledger all units by meter
   */
  public void change(
      Account account,
      BilledCycle cycle,
      Terms wanted,
      Proration proration,
      Map<String, Long> ledger) {
    var now = clock.instant();
    var subscription = account.subscription();
    if (subscription == null
        || cycle.state() != BilledCycle.State.OPEN
        || now.isBefore(cycle.starts().plus(UsageReporting.EDGE))
        || !Subscriptions.changesAtOnce(account, wanted, cycle.ends(), now)) {
      return;
    }
    engine.publish(wanted);
    boolean decided =
        store.transaction(sql -> {
          Map<String, Long> sold = new HashMap<>();
          Map<String, Long> unsold = new HashMap<>(cycle.history().unsold());
          for (var meter : meters(cycle.terms(), wanted)) {
            var cursor = Cursor.lock(sql, cycle, meter);
            var last = intents.find(sql, cycle.tenantId(), UsageReporting.id(cycle, meter, cursor));
            if (UsageReporting.unsettled(last)) {
              return false;
            }
            sold.put(meter, cursor.assigned());
            if (cycle.terms().billed(meter).isEmpty()) {
              unsold.put(meter, ledger.getOrDefault(meter, 0L) - cursor.assigned());
            }
          }
          intents.note(
              sql,
              cycle.tenantId(),
              id(cycle),
              new Change(
                  cycle.cycle(),
                  account.customer(),
                  subscription,
                  wanted,
                  proration,
                  sold,
                  unsold));
          return true;
        });
    if (decided) {
      settle(cycle.tenantId());
    }
  }

  /** Of the next change of a cycle. */
  private static String id(BilledCycle cycle) {
    return CHANGE + cycle.cycle() + "/" + cycle.history().past().size();
  }

  private static Set<String> meters(Terms one, Terms other) {
    var meters = new TreeSet<String>();
    one.billed().forEach(m -> meters.add(m.meter()));
    other.billed().forEach(m -> meters.add(m.meter()));
    return meters;
  }

  /** Brings what was decided to its end, before anything else is done for the tenant. */
  public void settle(String tenantId) {
    for (var intent : intents.open(tenantId, CHANGE)) {
      settle(intent, intent.body(Change.class));
    }
    for (var intent : intents.open(tenantId, BEFORE)) {
      var draft = intent.body(ItemDraft.class);
      intents.settle(
          intent,
          () -> engine.findItem(draft.customer(), draft.mark()),
          i -> engine.createItem(draft, i.key()));
    }
  }

  private void settle(Intent intent, Change change) {
    var cycle = accounts.cycle(intent.tenantId(), change.cycle()).orElseThrow();
    var subscription = change.subscription();
    if (clock.instant().isAfter(cycle.ends().minus(TOO_LATE))) {
      if (!engine.has(subscription, change.to())) {
        store.transaction(sql -> {
          intents.done(sql, intent, "given up");
          return intent;
        });
        return;
      }
    } else {
      intents.settle(
          intents.note(intent.tenantId(), "part/" + intent.id(), () -> change),
          () ->
              engine.has(subscription, change.to()) ? Optional.of(subscription) : Optional.empty(),
          i -> {
            engine.changeNow(subscription, change.to(), change.proration(), i.key());
            return subscription;
          });
    }
    store.transaction(sql -> {
      var now = Accounts.lock(sql, cycle);
      // else another replica has written it
      if (intent.id().equals(id(now))) {
        done(sql, intent, change, now);
      }
      return now;
    });
  }

  private void done(Sql sql, Intent intent, Change change, BilledCycle cycle) throws SQLException {
    List<History.Past> past = new ArrayList<>(cycle.history().past());
    past.add(
        new History.Past(
            cycle.terms(), change.sold(), clock.instant(), change.proration() != Proration.NONE));
    accounts.changed(sql, cycle, change.to(), new History(past, change.unsold()));
    for (var meter : cycle.terms().billed()) {
      if (!History.samePrice(cycle.terms(), change.to(), meter.meter())) {
        before(sql, intent, change, cycle, meter.meter());
      }
    }
    intents.done(sql, intent, change.subscription());
  }

  /** What was used of a meter at the price that ends. */
  private void before(Sql sql, Intent intent, Change change, BilledCycle cycle, String meter)
      throws SQLException {
    long from = cycle.from(meter);
    long sold = change.sold().getOrDefault(meter, from);
    long amount =
        Rounding.line(
            cycle.cost(meter, sold) - cycle.cost(meter, from),
            engine.step(cycle.terms().currency()));
    if (amount == 0) {
      return;
    }
    var id = BEFORE + cycle.cycle() + "/" + meter + "/" + cycle.history().past().size();
    intents.note(
        sql,
        intent.tenantId(),
        id,
        new ItemDraft(
            id,
            change.customer(),
            change.subscription(),
            null,
            cycle.terms().currency(),
            amount,
            "Usage of the cycle %s on the plan %s: %d %s"
                .formatted(cycle.cycle(), cycle.terms().displayName(), sold - from, meter)));
  }
}

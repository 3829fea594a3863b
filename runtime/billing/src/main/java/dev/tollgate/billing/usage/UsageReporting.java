package dev.tollgate.billing.usage;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.UsageEvent;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells the engine's meters what the ledger holds. What is new becomes an event with a number of
 * its own, noted together with the units it stands for before it is sent; the next one is not made
 * before the engine has taken it. So at most one event of a meter is ever in doubt, and what the
 * engine has counted tells whether it arrived.
 */
public final class UsageReporting {

  /** Usage still comes in for a moment after a cycle's end; the invoice is a draft for an hour. */
  static final Duration STRAGGLERS = Duration.ofMinutes(15);

  /**
   * Events lie so far within their cycle: a subscription's period begins at the same time of day in
   * UTC, so that it is an hour off where clocks were put forward or back.
   */
  static final Duration EDGE = Duration.ofHours(2);

  private final BillingEngine engine;
  private final BillingStore store;
  private final Intents intents;
  private final InstantSource clock;

  public UsageReporting(
      BillingEngine engine, BillingStore store, Intents intents, InstantSource clock) {
    this.engine = engine;
    this.store = store;
    this.intents = intents;
    this.clock = clock;
  }

  /** Makes events of what is new in the ledger. */
  public void report(Account account, BilledCycle cycle, Map<String, Long> ledger) {
    for (var meter : cycle.terms().billed()) {
      var name = meter.meter();
      settle(cycle, name);
      var now = clock.instant();
      if (now.isBefore(cycle.starts().plus(EDGE)) || now.isAfter(cycle.ends().plus(STRAGGLERS))) {
        continue;
      }
      var at = moment(account, cycle, name, now);
      boolean more =
          store.transaction(sql -> {
            if (Accounts.lock(sql, cycle).state() == BilledCycle.State.CLOSED) {
              return false;
            }
            var cursor = Cursor.lock(sql, cycle, name);
            long units = ledger.getOrDefault(name, 0L) - cursor.assigned();
            if (units <= 0
                || unsettled(intents.find(sql, cycle.tenantId(), id(cycle, name, cursor)))) {
              return false;
            }
            var next =
                new Cursor(cursor.assigned() + units, cursor.sequence() + 1, cursor.advanced());
            next.write(sql, cycle, name);
            var identifier = cycle.tenantId() + "/" + id(cycle, name, next);
            intents.note(
                sql,
                cycle.tenantId(),
                id(cycle, name, next),
                new UsageEvent(identifier, account.customer(), name, units, at),
                units);
            return true;
          });
      if (more) {
        settle(cycle, name);
      }
    }
  }

  /** Brings the event in doubt to an end, if there is one. */
  private void settle(BilledCycle cycle, String meter) {
    var cursor = store.transaction(sql -> Cursor.lock(sql, cycle, meter));
    var last = intents.find(cycle.tenantId(), id(cycle, meter, cursor));
    if (!unsettled(last)) {
      return;
    }
    var event = last.orElseThrow().body(UsageEvent.class);
    intents.settle(
        last.orElseThrow(),
        () -> counted(event, cycle, cursor),
        intent -> {
          engine.report(event, intent.key());
          return event.identifier();
        });
  }

  /** Whether the engine has counted the event: the sum with it is there. */
  private Optional<String> counted(UsageEvent event, BilledCycle cycle, Cursor cursor) {
    var meter = event.meter();
    long reported = engine.reported(event.customer(), meter, cycle.since(meter), cycle.ends());
    return reported >= cursor.assigned() - cycle.from(meter)
        ? Optional.of(event.identifier())
        : Optional.empty();
  }

  static boolean unsettled(Optional<Intent> intent) {
    return intent.isPresent() && !intent.get().done();
  }

  static String id(BilledCycle cycle, String meter, Cursor cursor) {
    return "usage/" + cycle.cycle() + "/" + meter + "/" + cursor.sequence();
  }

  private static Instant moment(Account account, BilledCycle cycle, String meter, Instant now) {
    var from = cycle.starts().plus(EDGE);
    if (cycle.since(meter).isAfter(from)) {
      from = cycle.since(meter);
    }
    var subscribed = Objects.requireNonNullElse(account.subscribedAt(), cycle.starts());
    // a subscription that was taken since is not the one of this cycle
    if (subscribed.isBefore(cycle.ends()) && subscribed.plusSeconds(1).isAfter(from)) {
      from = subscribed.plusSeconds(1);
    }
    var to = cycle.ends().minus(EDGE);
    var at = now.isAfter(to) ? to : now;
    return at.isBefore(from) ? from : at;
  }
}

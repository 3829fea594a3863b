package dev.tollgate.billing.account;

import dev.tollgate.billing.account.Dues.Due;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.view.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings each tenant's account to what its plan says: a customer, a subscription to the plan's
 * terms, and from the next cycle on the terms of another plan when it is changed. Periods of a
 * subscription are the tenant's billing cycles.
 */
public final class Subscriptions {

  /** How long a tenant must be gone before its subscription is ended. */
  private static final Duration GONE = Duration.ofHours(1);

  /** The same in the last hour of a cycle, after which the next fee would be charged. */
  private static final Duration GONE_AT_LAST = Duration.ofMinutes(2);

  /** So late in a cycle another plan holds from the next one on. */
  private static final Duration LAST = Duration.ofHours(3);

  /** By how much clocks are put forward and back, at most. */
  private static final Duration CLOCKS = Duration.ofHours(1);

  /** A subscription that became due so short a time ago begins now. */
  private static final Duration NOW = Duration.ofMinutes(10);

  private static final String SUBSCRIPTION = "subscription/";

  /** Characters of a month, as in 2026-11. */
  private static final int MONTH = 7;

  private final BillingEngine engine;
  private final Accounts accounts;
  private final Intents intents;
  private final Dues dues;
  private final OtherPlans others;
  private final InstantSource clock;

  public Subscriptions(
      BillingEngine engine,
      Accounts accounts,
      Intents intents,
      Dues dues,
      OtherPlans others,
      InstantSource clock) {
    this.engine = engine;
    this.accounts = accounts;
    this.intents = intents;
    this.dues = dues;
    this.others = others;
    this.clock = clock;
  }

  /** What the ledger holds of usage on other plans than one, or on that one at other prices. */
  public interface OtherPlans {
    /** Units by meter, of what began in a cycle before a moment. */
    Map<String, Long> used(
        TenantView tenant, String cycle, String plan, String revision, Instant before);
  }

  /**
   * What is agreed with every tenant.
   *
   * @param trialDays that are free at first; the trial goes on to the end of the cycle
   * @param graceDays until an invoice is due, and from then until the tenant is suspended
   * @param changesAtOnce whether another plan takes its place within a cycle, by {@code
   *     PlanChanges}
   */
  public record Rules(int trialDays, int graceDays, boolean changesAtOnce) {}

  /** Does what is missing for one tenant; may be repeated. */
  public void reconcile(TenantView tenant, Rules rules) {
    var wanted = Terms.of(tenant.plan()).orElse(null);
    var account = accounts.of(tenant.tenantId()).orElse(null);
    if (account == null && wanted == null) {
      return;
    }
    var due = dues.note(tenant, account, rules.trialDays());
    if (account == null) {
      account = open(tenant, rules);
    }
    if (account.missingSince() != null) {
      accounts.missing(tenant.tenantId(), null);
    }
    if (account.subscription() == null) {
      if (due.isEmpty()) {
        return;
      }
      account = subscribe(account, due.get(), rules);
    }
    charge(account);
    account = cycle(account, tenant);
    if (account.subscription() == null) {
      return;
    }
    var running =
        accounts.cycle(account.tenantId(), Cycle.at(clock.millis(), tenant.zone())).orElse(null);
    if (running != null && inBoth(running, atEngine(account.tenantId(), running.cycle()))) {
      if (wanted != null && account.ending()) {
        account = goOn(account);
      }
      if (!(rules.changesAtOnce()
          && wanted != null
          && changesAtOnce(account, wanted, running.ends(), clock.instant()))) {
        plan(account, wanted);
      }
    }
  }

  /**
   * A period of a subscription at the engine, which keeps its hour in UTC: up to an hour off the
   * cycle where clocks were put forward or back, and more where the tenant's zone is another now.
   */
  private record AtEngine(Instant starts, Instant ends) {}

  /** The period that a cycle has at the engine. */
  private AtEngine atEngine(String tenantId, String cycle) {
    var anchor =
        intents.of(tenantId, SUBSCRIPTION).getFirst().body(SubscriptionDraft.class).anchor();
    var month = YearMonth.parse(cycle.substring(0, MONTH));
    return new AtEngine(end(anchor, month.minusMonths(1)), end(anchor, month));
  }

  /** When the period of a month ends: at the anchor's hour, on the last day or the first. */
  private static Instant end(Instant anchor, YearMonth month) {
    var utc = anchor.atOffset(ZoneOffset.UTC);
    var day = utc.getDayOfMonth() == 1 ? month.plusMonths(1).atDay(1) : month.atEndOfMonth();
    return day.atTime(utc.toLocalTime()).toInstant(ZoneOffset.UTC);
  }

  /**
   * Whether the cycle runs here and at the engine: what is planned just beside its ends would hold
   * from different cycles on.
   */
  private boolean inBoth(BilledCycle cycle, AtEngine period) {
    var now = clock.instant();
    return !now.isBefore(cycle.starts())
        && !now.isBefore(period.starts())
        && now.isBefore(cycle.ends())
        && now.isBefore(period.ends());
  }

  /** The tenant's own midnight, unless its zone is not the one of the subscription any more. */
  private static Instant edge(Instant midnight, Instant atEngine) {
    return Duration.between(midnight, atEngine).abs().compareTo(CLOCKS) <= 0 ? midnight : atEngine;
  }

  /**
   * Whether another plan takes the place of the account's within the cycle, and not after it. Other
   * terms of the same plan, and another currency, never do.
   *
   * @param ends of the running cycle
   */
  public static boolean changesAtOnce(Account account, Terms wanted, Instant ends, Instant now) {
    var terms = account.terms();
    return terms != null
        && !account.ending()
        && !wanted.equals(account.nextTerms())
        && !wanted.plan().equals(terms.plan())
        && wanted.currency().equals(terms.currency())
        && now.isBefore(ends.minus(LAST));
  }

  /**
   * A tenant that is not served any more: its subscription ends with the running cycle.
   *
   * @return whether it is gone for good, so that nothing more becomes due
   */
  public boolean gone(Account account) {
    var now = clock.instant();
    var since = account.missingSince();
    if (since == null) {
      accounts.missing(account.tenantId(), now);
      return false;
    }
    if (!account.ending() && account.subscription() != null) {
      var cycles = accounts.cycles(account.tenantId(), now);
      boolean last = cycles.stream().anyMatch(cycle -> since.plus(GONE).isAfter(cycle.ends()));
      if (since.plus(last ? GONE_AT_LAST : GONE).isBefore(now)
          && cycles.stream()
              .allMatch(cycle -> inBoth(cycle, atEngine(account.tenantId(), cycle.cycle())))) {
        plan(account, null);
      }
    }
    return since.plus(GONE).isBefore(now);
  }

  private Account open(TenantView tenant, Rules rules) {
    var id = tenant.tenantId();
    var draft = dues.customer(tenant);
    var customer =
        intents.settle(
            draft,
            () -> engine.findCustomer(id),
            intent ->
                engine
                    .findCustomer(id)
                    .orElseGet(() ->
                        engine.createCustomer(intent.body(CustomerDraft.class), intent.key())));
    accounts.opened(id, customer, Dues.trialUntil(draft, tenant, rules.trialDays()).orElse(null));
    return accounts.of(id).orElseThrow();
  }

  private Account subscribe(Account account, Due due, Rules rules) {
    var id = account.tenantId();
    var customer = account.customer();
    var note = SUBSCRIPTION + due.cycle();
    if (intents.find(id, note).isEmpty()) {
      for (var earlier : dues.open(id)) {
        if (made(account, earlier.body(Due.class), due)) {
          return accounts.of(id).orElseThrow();
        }
      }
    }
    // one intent a cycle: a tenant may end a subscription and take another later
    var draft =
        intents.note(
            id,
            note,
            () ->
                new SubscriptionDraft(
                    id,
                    customer,
                    due.terms(),
                    due.revision(),
                    past(due),
                    due.ends(),
                    rules.graceDays()));
    var terms = draft.body(SubscriptionDraft.class).terms();
    engine.publish(terms);
    var subscription =
        intents.settle(
            draft,
            () -> engine.findSubscription(customer),
            intent ->
                engine
                    .findSubscription(customer)
                    .orElseGet(() -> engine.createSubscription(draft(intent, due), intent.key())));
    dues.subscribed(id, subscription, due, terms);
    return accounts.of(id).orElseThrow();
  }

  /** A subscription begins with its cycle, or when it became due, unless that is now. */
  private @Nullable Instant past(Due due) {
    boolean whole = due.from().equals(due.starts());
    return whole || due.from().plus(NOW).isBefore(clock.instant()) ? due.from() : null;
  }

  /** What is asked for under another key may be another thing: what begins now began long ago. */
  private static SubscriptionDraft draft(Intent intent, Due due) {
    var draft = intent.body(SubscriptionDraft.class);
    return intent.attempt() > 1 && due.from().plus(NOW).isBefore(intent.begun())
        ? draft.since(due.from())
        : draft;
  }

  /**
   * Whether a subscription that was asked for in an earlier cycle is there after all: then it is
   * what is due now too.
   */
  private boolean made(Account account, Due earlier, Due now) {
    var id = account.tenantId();
    var asked = intents.find(id, SUBSCRIPTION + earlier.cycle());
    if (asked.isEmpty() || earlier.cycle().equals(now.cycle())) {
      return false;
    }
    var there = engine.findSubscription(account.customer());
    there.ifPresent(subscription ->
        dues.subscribed(
            id, subscription, earlier, asked.get().body(SubscriptionDraft.class).terms()));
    return there.isPresent();
  }

  /** Has the payment method charged that the tenant left last. */
  private void charge(Account account) {
    var method = account.paymentMethod();
    if (method != null && !method.equals(account.chargedMethod())) {
      engine.chargeAutomatically(Objects.requireNonNull(account.subscription()), method);
      accounts.charged(account.tenantId(), method);
    }
  }

  /** Notes the running cycle with the terms that hold in it. */
  private Account cycle(Account account, TenantView tenant) {
    var zone = tenant.zone();
    var now = clock.instant();
    var cycle = Cycle.at(now.toEpochMilli(), zone);
    if (accounts.cycle(account.tenantId(), cycle).isPresent()) {
      return account;
    }
    var starts = LocalDate.parse(cycle).atStartOfDay(zone).toInstant();
    if (account.ending() && !subscribedIn(account, starts)) {
      accounts.unsubscribed(account.tenantId());
      return accounts.of(account.tenantId()).orElseThrow();
    }
    for (var missed : missed(account, tenant, cycle)) {
      begin(accounts.of(account.tenantId()).orElseThrow(), tenant, missed);
    }
    begin(accounts.of(account.tenantId()).orElseThrow(), tenant, cycle);
    return accounts.of(account.tenantId()).orElseThrow();
  }

  /** Cycles that went by while nobody did the work of billing, the oldest first. */
  private List<String> missed(Account account, TenantView tenant, String running) {
    var known = accounts.cycles(account.tenantId(), Instant.EPOCH);
    var at = account.subscribedAt();
    LocalDate first;
    if (!known.isEmpty() && known.getLast().subscription().equals(account.subscription())) {
      first = LocalDate.parse(known.getLast().cycle()).plusMonths(1);
    } else if (at != null) {
      first = LocalDate.parse(Cycle.at(at.toEpochMilli(), tenant.zone()));
    } else {
      return List.of();
    }
    var before = LocalDate.parse(running);
    return first.isBefore(before)
        ? first.datesUntil(before, Period.ofMonths(1)).map(LocalDate::toString).toList()
        : List.of();
  }

  private void begin(Account account, TenantView tenant, String cycle) {
    var starts = LocalDate.parse(cycle).atStartOfDay(tenant.zone()).toInstant();
    var period = atEngine(account.tenantId(), cycle);
    var next = account.nextTerms();
    var terms = next == null ? Objects.requireNonNull(account.terms()) : next;
    accounts.begin(
        new BilledCycle(
            account.tenantId(),
            cycle,
            Objects.requireNonNull(account.subscription()),
            edge(starts, period.starts()),
            edge(Cycle.end(cycle, tenant.zone()), period.ends()),
            terms,
            before(account, tenant, cycle, starts, terms),
            BilledCycle.State.OPEN,
            null));
  }

  /**
   * What a tenant used in a cycle before it subscribed in it, on a plan that costs nothing: another
   * one, or the same before it had a price.
   */
  private History before(
      Account account, TenantView tenant, String cycle, Instant starts, Terms terms) {
    var at = account.subscribedAt();
    if (at == null || !at.isAfter(starts)) {
      return History.NONE;
    }
    // as it was when the subscription was noted: the plan may have got other prices since then
    var revision =
        intents
            .find(account.tenantId(), SUBSCRIPTION + cycle)
            .map(note -> note.body(SubscriptionDraft.class).revision())
            .orElse(tenant.plan().revision());
    return new History(List.of(), others.used(tenant, cycle, terms.plan(), revision, at));
  }

  private static boolean subscribedIn(Account account, Instant starts) {
    var at = account.subscribedAt();
    return at != null && !at.isBefore(starts);
  }

  /** A subscription that was to end with its cycle does not, whatever its plan is then. */
  private Account goOn(Account account) {
    engine.endAtPeriodEnd(Objects.requireNonNull(account.subscription()), false);
    accounts.planned(account.tenantId(), null, false);
    return accounts.of(account.tenantId()).orElseThrow();
  }

  /** Tells the engine what holds from the next cycle on. */
  private void plan(Account account, @Nullable Terms wanted) {
    var subscription = Objects.requireNonNull(account.subscription());
    if (wanted == null) {
      if (!account.ending()) {
        engine.endAtPeriodEnd(subscription, true);
        accounts.planned(account.tenantId(), null, true);
      }
      return;
    }
    var planned = account.nextTerms() == null ? account.terms() : account.nextTerms();
    if (!wanted.equals(planned)) {
      engine.publish(wanted);
      engine.changeAtPeriodEnd(subscription, wanted);
      accounts.planned(account.tenantId(), wanted.equals(account.terms()) ? null : wanted, false);
    }
  }
}

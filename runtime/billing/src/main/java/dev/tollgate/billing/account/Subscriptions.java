package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.resolve.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneId;
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

  private static final String SUBSCRIPTION = "subscription/";

  /** Characters of a month, as in 2026-11. */
  private static final int MONTH = 7;

  private final BillingEngine engine;
  private final Accounts accounts;
  private final Intents intents;
  private final OtherPlans others;
  private final InstantSource clock;

  public Subscriptions(
      BillingEngine engine,
      Accounts accounts,
      Intents intents,
      OtherPlans others,
      InstantSource clock) {
    this.engine = engine;
    this.accounts = accounts;
    this.intents = intents;
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
    if (account == null) {
      if (wanted == null) {
        return;
      }
      account = open(tenant, rules);
    }
    if (account.missingSince() != null) {
      accounts.missing(tenant.tenantId(), null);
    }
    if (account.subscription() == null) {
      var trial = account.trialUntil();
      boolean tries = trial != null && clock.instant().isBefore(trial);
      if (wanted == null && trial != null && !tries) {
        // what it buys later begins then, and not when the trial ended
        accounts.tried(tenant.tenantId());
      }
      if (wanted == null || tries) {
        return;
      }
      account = subscribe(account, tenant, wanted, rules);
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

  /** A tenant that is not served any more: its subscription ends with the running cycle. */
  public void gone(Account account) {
    var now = clock.instant();
    var since = account.missingSince();
    if (since == null) {
      accounts.missing(account.tenantId(), now);
    } else if (!account.ending() && account.subscription() != null) {
      var cycles = accounts.cycles(account.tenantId(), now);
      boolean last = cycles.stream().anyMatch(cycle -> since.plus(GONE).isAfter(cycle.ends()));
      if (since.plus(last ? GONE_AT_LAST : GONE).isBefore(now)
          && cycles.stream()
              .allMatch(cycle -> inBoth(cycle, atEngine(account.tenantId(), cycle.cycle())))) {
        plan(account, null);
      }
    }
  }

  private Account open(TenantView tenant, Rules rules) {
    var id = tenant.tenantId();
    var draft = intents.note(id, "customer", () -> CustomerDraft.of(tenant));
    var customer =
        intents.settle(
            draft,
            () -> engine.findCustomer(id),
            intent ->
                engine
                    .findCustomer(id)
                    .orElseGet(() ->
                        engine.createCustomer(intent.body(CustomerDraft.class), intent.key())));
    var lasts = draft.begun().plus(Duration.ofDays(rules.trialDays()));
    var ends = Cycle.end(Cycle.at(lasts.toEpochMilli(), tenant.zone()), tenant.zone());
    accounts.opened(id, customer, rules.trialDays() > 0 ? ends : null);
    return accounts.of(id).orElseThrow();
  }

  private Account subscribe(Account account, TenantView tenant, Terms terms, Rules rules) {
    var id = account.tenantId();
    var customer = account.customer();
    var cycle = Cycle.at(clock.millis(), tenant.zone());
    // one intent a cycle: a tenant may end a subscription and take another later
    var draft =
        intents.note(
            id,
            SUBSCRIPTION + cycle,
            () ->
                new SubscriptionDraft(
                    id,
                    customer,
                    terms,
                    tenant.plan().revision(),
                    afterTrial(account, cycle, tenant.zone()),
                    Cycle.end(cycle, tenant.zone()),
                    rules.graceDays()));
    var body = draft.body(SubscriptionDraft.class);
    engine.publish(body.terms());
    var subscription =
        intents.settle(
            draft,
            () -> engine.findSubscription(customer),
            intent ->
                engine
                    .findSubscription(customer)
                    .orElseGet(() -> engine.createSubscription(body, intent.key())));
    var starts = body.starts();
    accounts.subscribed(id, subscription, starts == null ? draft.begun() : starts, body.terms());
    return accounts.of(id).orElseThrow();
  }

  /** Has the payment method charged that the tenant left last. */
  private void charge(Account account) {
    var method = account.paymentMethod();
    if (method != null && !method.equals(account.chargedMethod())) {
      engine.chargeAutomatically(Objects.requireNonNull(account.subscription()), method);
      accounts.charged(account.tenantId(), method);
    }
  }

  /** The first cycle after a trial is charged whole, however late it is looked at. */
  private static @Nullable Instant afterTrial(Account account, String cycle, ZoneId zone) {
    var starts = LocalDate.parse(cycle).atStartOfDay(zone).toInstant();
    return account.subscribedAt() == null && starts.equals(account.trialUntil()) ? starts : null;
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
    for (var missed : missed(account, cycle)) {
      begin(accounts.of(account.tenantId()).orElseThrow(), tenant, missed);
    }
    begin(accounts.of(account.tenantId()).orElseThrow(), tenant, cycle);
    return accounts.of(account.tenantId()).orElseThrow();
  }

  /** Cycles that went by while nobody did the work of billing, the oldest first. */
  private List<String> missed(Account account, String running) {
    var known = accounts.cycles(account.tenantId(), Instant.EPOCH);
    if (known.isEmpty() || !known.getLast().subscription().equals(account.subscription())) {
      return List.of();
    }
    var after = LocalDate.parse(known.getLast().cycle()).plusMonths(1);
    var before = LocalDate.parse(running);
    return after.isBefore(before)
        ? after.datesUntil(before, Period.ofMonths(1)).map(LocalDate::toString).toList()
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

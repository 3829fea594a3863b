package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.resolve.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;

/**
 * Brings each tenant's account to what its plan says: a customer, a subscription to the plan's
 * terms, and from the next cycle on the terms of another plan when it is changed. Periods of a
 * subscription are the tenant's billing cycles.
 */
public final class Subscriptions {

  /** How long a tenant must be gone before its subscription is ended. */
  private static final Duration GONE = Duration.ofHours(1);

  private final BillingEngine engine;
  private final Accounts accounts;
  private final Intents intents;
  private final InstantSource clock;

  public Subscriptions(
      BillingEngine engine, Accounts accounts, Intents intents, InstantSource clock) {
    this.engine = engine;
    this.accounts = accounts;
    this.intents = intents;
    this.clock = clock;
  }

  /**
   * What is agreed with every tenant.
   *
   * @param trialDays of a first subscription; the trial goes on to the end of the cycle
   * @param graceDays until an invoice is due, and from then until the tenant is suspended
   */
  public record Rules(int trialDays, int graceDays) {}

  /** Does what is missing for one tenant; may be repeated. */
  public void reconcile(TenantView tenant, Rules rules) {
    var wanted = Terms.of(tenant.plan()).orElse(null);
    var account = accounts.of(tenant.tenantId()).orElse(null);
    if (account == null) {
      if (wanted == null) {
        return;
      }
      account = open(tenant);
    }
    if (account.missingSince() != null) {
      accounts.missing(tenant.tenantId(), null);
    }
    if (account.subscription() == null) {
      if (wanted == null) {
        return;
      }
      account = subscribe(account, tenant, wanted, rules);
    }
    account = cycle(account, tenant.zone());
    if (account.subscription() != null) {
      plan(account, wanted);
    }
  }

  /** A tenant that is not served any more: its subscription ends with the running cycle. */
  public void gone(Account account) {
    var now = clock.instant();
    var since = account.missingSince();
    if (since == null) {
      accounts.missing(account.tenantId(), now);
    } else if (!account.ending()
        && account.subscription() != null
        && since.plus(GONE).isBefore(now)) {
      plan(account, null);
    }
  }

  private Account open(TenantView tenant) {
    var id = tenant.tenantId();
    var draft = intents.note(id, "customer", () -> new CustomerDraft(id, tenant.displayName()));
    var customer =
        intents.settle(
            draft,
            () -> engine.findCustomer(id),
            intent ->
                engine
                    .findCustomer(id)
                    .orElseGet(() ->
                        engine.createCustomer(intent.body(CustomerDraft.class), intent.key())));
    accounts.opened(id, customer);
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
            "subscription/" + cycle,
            () -> {
              boolean first = account.subscribedAt() == null;
              var trial = first && rules.trialDays() > 0;
              var from = trial ? clock.instant().plus(Duration.ofDays(rules.trialDays())) : null;
              var ends =
                  Cycle.end(
                      from == null ? cycle : Cycle.at(from.toEpochMilli(), tenant.zone()),
                      tenant.zone());
              return new SubscriptionDraft(id, customer, terms, ends, trial, rules.graceDays());
            });
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
    accounts.subscribed(id, subscription, draft.begun(), body.terms());
    return accounts.of(id).orElseThrow();
  }

  /** Notes the running cycle with the terms that hold in it. */
  private Account cycle(Account account, ZoneId zone) {
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
    var next = account.nextTerms();
    var terms = next == null ? Objects.requireNonNull(account.terms()) : next;
    accounts.begin(
        new BilledCycle(
            account.tenantId(),
            cycle,
            Objects.requireNonNull(account.subscription()),
            starts,
            Cycle.end(cycle, zone),
            terms,
            trial(account, starts) ? BilledCycle.State.TRIAL : BilledCycle.State.OPEN,
            null));
    return accounts.of(account.tenantId()).orElseThrow();
  }

  private static boolean subscribedIn(Account account, Instant starts) {
    var at = account.subscribedAt();
    return at != null && !at.isBefore(starts);
  }

  /** Whether the cycle lies before the first one that is charged. */
  private boolean trial(Account account, Instant starts) {
    for (var intent : intents.of(account.tenantId(), "subscription/")) {
      if (account.subscription() != null
          && account.subscription().equals(intent.externalId())) {
        var draft = intent.body(SubscriptionDraft.class);
        return draft.trial() && starts.isBefore(draft.anchor());
      }
    }
    return false;
  }

  /** Tells the engine what holds from the next cycle on. */
  private void plan(Account account, @org.jspecify.annotations.Nullable Terms wanted) {
    var subscription = Objects.requireNonNull(account.subscription());
    boolean ending = wanted == null;
    if (ending != account.ending()) {
      engine.endAtPeriodEnd(subscription, ending);
      accounts.planned(account.tenantId(), null, ending);
      if (ending) {
        return;
      }
    }
    if (wanted == null) {
      return;
    }
    var planned = account.nextTerms() == null ? account.terms() : account.nextTerms();
    if (!wanted.equals(planned)) {
      engine.publish(wanted);
      engine.changeAtPeriodEnd(subscription, wanted);
      accounts.planned(
          account.tenantId(), wanted.equals(account.terms()) ? null : wanted, false);
    }
  }
}

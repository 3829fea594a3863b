package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.view.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From when on each tenant without a subscription should have one, by cycle. Only the platform's
 * database is needed for it, so a fee is known also where the engine cannot be asked for longer
 * than a cycle. What is due is covered by a subscription, or charged by {@code MissedCycles}.
 */
public final class Dues {

  private static final String CUSTOMER = "customer";
  private static final String DUE = "due/";

  /**
   * A cycle that could have been due from its beginning, and began on a plan that costs nothing.
   */
  private static final String FREE = "free/";

  private final BillingStore store;
  private final Accounts accounts;
  private final Intents intents;
  private final InstantSource clock;

  public Dues(BillingStore store, Accounts accounts, Intents intents, InstantSource clock) {
    this.store = store;
    this.accounts = accounts;
    this.intents = intents;
    this.clock = clock;
  }

  /**
   * What a tenant owes of a cycle.
   *
   * @param cycle its first day in the tenant's zone
   * @param starts midnight of that day
   * @param ends of the cycle
   * @param from when on it owes the fee
   * @param terms of its plan at that moment
   * @param revision of the plan's prices, as usage records have it
   */
  public record Due(
      String cycle, Instant starts, Instant ends, Instant from, Terms terms, String revision) {}

  /** Notes what is due now of tenants, before the engine is asked for any of them. */
  public void note(Collection<TenantView> tenants, int trialDays) {
    var known =
        accounts.all().stream().collect(Collectors.toMap(Account::tenantId, Function.identity()));
    var coming = intents.tenantsWith(CUSTOMER);
    for (var tenant : tenants) {
      var account = known.get(tenant.tenantId());
      boolean never = account == null && !coming.contains(tenant.tenantId());
      if (!never || Terms.of(tenant.plan()).isPresent()) {
        note(tenant, account, trialDays);
      }
    }
  }

  /**
   * Notes what is due of a tenant in the running cycle.
   *
   * @param account null while the engine does not know the tenant
   * @param trialDays that are free at first; the trial goes on to the end of the cycle
   * @return empty where it has a subscription, tries, or costs nothing; and where the cycle is
   *     charged already
   */
  Optional<Due> note(TenantView tenant, @Nullable Account account, int trialDays) {
    if (account != null && account.subscription() != null) {
      return Optional.empty();
    }
    var id = tenant.tenantId();
    var now = clock.instant();
    var trial =
        account == null
            ? trialUntil(customer(tenant), tenant, trialDays)
            : Optional.ofNullable(account.trialUntil());
    if (trial.isPresent() && now.isBefore(trial.get())) {
      return Optional.empty();
    }
    var cycle = Cycle.at(now.toEpochMilli(), tenant.zone());
    var known = intents.find(id, DUE + cycle);
    if (known.isPresent()) {
      return known.filter(note -> !note.done()).map(note -> note.body(Due.class));
    }
    var starts = Cycle.start(cycle, tenant.zone());
    boolean first = account == null || account.subscribedAt() == null;
    boolean tried = first && trial.isPresent() && trial.get().equals(starts);
    boolean whole = tried || !open(id).isEmpty();
    var terms = Terms.of(tenant.plan());
    if (terms.isEmpty()) {
      if (whole) {
        intents.note(id, FREE + cycle, () -> tenant.plan().name());
      }
      return Optional.empty();
    }
    var from = whole && intents.find(id, FREE + cycle).isEmpty() ? starts : now;
    var due =
        new Due(
            cycle,
            starts,
            Cycle.end(cycle, tenant.zone()),
            from,
            terms.get(),
            tenant.plan().revision());
    return Optional.of(intents.note(id, DUE + cycle, () -> due).body(Due.class));
  }

  /** The note of the customer that a tenant becomes. */
  Intent customer(TenantView tenant) {
    return intents.note(tenant.tenantId(), CUSTOMER, () -> CustomerDraft.of(tenant));
  }

  /** When the trial of a customer ends, where there is one. */
  static Optional<Instant> trialUntil(Intent customer, TenantView tenant, int trialDays) {
    if (trialDays == 0) {
      return Optional.empty();
    }
    var lasts = customer.begun().plus(Duration.ofDays(trialDays));
    var cycle = Cycle.at(lasts.toEpochMilli(), tenant.zone());
    return Optional.of(Cycle.end(cycle, tenant.zone()));
  }

  /** What is due of a tenant and not covered, the oldest first. */
  public List<Intent> open(String tenantId) {
    return intents.open(tenantId, DUE);
  }

  /**
   * Notes a subscription; it covers a cycle and what has become due after it.
   *
   * @param terms that it was asked for with
   */
  void subscribed(String tenantId, String subscription, Due first, Terms terms) {
    store.transaction(sql -> {
      Accounts.subscribed(sql, tenantId, subscription, first.from(), terms);
      for (var intent : intents.of(sql, tenantId, DUE)) {
        if (!intent.done() && intent.body(Due.class).cycle().compareTo(first.cycle()) >= 0) {
          intents.done(sql, intent, subscription);
        }
      }
      return subscription;
    });
  }
}

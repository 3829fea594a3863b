package dev.tollgate.billing.work;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.account.Credits;
import dev.tollgate.billing.account.Dues;
import dev.tollgate.billing.account.Subscriptions;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.order.AdjustmentRound;
import dev.tollgate.billing.order.Dunning;
import dev.tollgate.billing.order.Notices;
import dev.tollgate.billing.order.Orders;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.billing.usage.LateUsage;
import dev.tollgate.billing.usage.LedgerTotals;
import dev.tollgate.billing.usage.MissedCycles;
import dev.tollgate.billing.usage.PlanChanges;
import dev.tollgate.billing.usage.Reconciliation;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.billing.usage.UsageReporting;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.view.TenantView;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parts of billing put together, and what is done for one tenant. Blocks. */
public final class Billing {

  /** Stripe takes events of the last 35 days; what comes later than that is told as drift. */
  static final Duration LATEST = Duration.ofDays(35);

  private final BillingEngine engine;
  private final Accounts accounts;
  private final Orders orders;
  private final Dunning dunning;
  private final Notices notices;
  private final AdjustmentRound adjustments;
  private final Intents intents;
  private final LedgerTotals ledger;
  private final Credits credits;
  private final Reconciliation reconciliation;
  private final Dues dues;
  private final Subscriptions subscriptions;
  private final MissedCycles missed;
  private final UsageReporting reporting;
  private final LateUsage late;
  private final Thresholds thresholds;
  private final PlanChanges changes;
  private final InstantSource clock;

  /**
   * @param tenants by id, as they are served now; they are alerted about what they owe
   */
  public Billing(
      BillingEngine engine,
      BillingStore store,
      LedgerTotals ledger,
      Function<String, Optional<TenantView>> tenants,
      InstantSource clock) {
    this.engine = engine;
    this.ledger = ledger;
    this.clock = clock;
    intents = new Intents(store, clock);
    accounts = new Accounts(store);
    orders = new Orders(store);
    dunning = new Dunning(store, orders, tenants, clock);
    notices = new Notices(engine, store, accounts, orders, dunning, clock);
    adjustments = new AdjustmentRound(engine, notices, orders, LATEST, clock);
    dues = new Dues(store, accounts, intents, clock);
    subscriptions =
        new Subscriptions(
            engine,
            accounts,
            intents,
            dues,
            (tenant, cycle, plan, revision, before) ->
                ledger.onOtherPlans(
                    tenant.shard(), tenant.tenantId(), cycle, plan, revision, before),
            clock);
    reporting = new UsageReporting(engine, store, intents, clock);
    late = new LateUsage(engine, store, intents, clock);
    missed = new MissedCycles(engine, store, accounts, intents, dues, late, ledger);
    thresholds = new Thresholds(engine, store, intents);
    changes = new PlanChanges(engine, store, accounts, intents, clock);
    credits = new Credits(engine, intents, tenants);
    reconciliation = new Reconciliation(engine, store, intents, clock);
  }

  /**
   * What the platform's provider says.
   *
   * @param invoiceAt quantities that an invoice is sent for before the cycle ends
   * @param planChange what becomes of the fee when another plan holds at once; null when it holds
   *     from the next cycle on
   */
  public record Rules(
      int trialDays,
      int graceDays,
      List<Thresholds.Threshold> invoiceAt,
      @Nullable Proration planChange) {
    public Rules {
      invoiceAt = List.copyOf(invoiceAt);
    }
  }

  /** Notes what has become due of tenants, without asking the engine. */
  public void note(Collection<TenantView> tenants, Rules rules) {
    dues.note(tenants, rules.trialDays());
  }

  /** Does for a tenant whatever there is to do; may be repeated and interrupted at any point. */
  public void work(TenantView tenant, Rules rules) {
    changes.settle(tenant.tenantId());
    subscriptions.reconcile(
        tenant,
        new Subscriptions.Rules(rules.trialDays(), rules.graceDays(), rules.planChange() != null));
    var account = accounts.of(tenant.tenantId()).orElse(null);
    if (account == null) {
      return;
    }
    if (!tenant.shard().equals(account.shard())) {
      accounts.placed(tenant.tenantId(), tenant.shard());
    }
    missed.charge(account, tenant.shard());
    for (var cycle : accounts.cycles(tenant.tenantId(), clock.instant().minus(LATEST))) {
      work(account, cycle, tenant.shard(), rules);
    }
    change(account, tenant, rules.planChange());
    if (account.subscription() == null) {
      late.settleGone(tenant.tenantId(), rules.graceDays());
    } else {
      late.settle(tenant.tenantId());
    }
    thresholds.settle(tenant.tenantId());
    dunning.judge(tenant.tenantId(), rules.graceDays());
    credits.settle(tenant.tenantId());
  }

  private void change(Account account, TenantView tenant, @Nullable Proration proration) {
    var wanted = Terms.of(tenant.plan());
    var running = accounts.cycle(account.tenantId(), Cycle.at(clock.millis(), tenant.zone()));
    if (proration != null && wanted.isPresent() && running.isPresent()) {
      var cycle = running.get();
      var used = ledger.of(tenant.shard(), cycle.tenantId(), cycle.cycle());
      changes.change(account, cycle, wanted.get(), proration, used);
    }
  }

  private void work(Account account, BilledCycle cycle, String shard, Rules rules) {
    if (cycle.terms().billed().isEmpty()) {
      return;
    }
    var used = cycle.sold(ledger.of(shard, cycle.tenantId(), cycle.cycle()));
    var state = cycle.state();
    if (state == BilledCycle.State.OPEN) {
      reporting.report(account, cycle, used);
      if (clock.instant().isBefore(cycle.ends())) {
        thresholds.note(account, cycle, used, rules.invoiceAt(), rules.graceDays());
      }
      if (!late.close(cycle)) {
        return;
      }
    }
    late.charge(account, account.subscription(), cycle, used);
  }

  /** Compares ledger, meter and invoice for a tenant, and looks at invoices no event told of. */
  public void reconcile(TenantView tenant, Rules rules) {
    var account = accounts.of(tenant.tenantId()).orElse(null);
    if (account == null) {
      return;
    }
    for (var cycle : accounts.cycles(tenant.tenantId(), clock.instant().minus(LATEST))) {
      reconciliation.check(
          account, cycle, cycle.sold(ledger.of(tenant.shard(), tenant.tenantId(), cycle.cycle())));
    }
    var latest = clock.instant().minus(LATEST);
    for (var invoice : engine.invoices(account.customer(), latest)) {
      notices.look(account.customer(), invoice.id(), rules.graceDays());
    }
    for (var order : orders.unsettled(tenant.tenantId(), latest)) {
      notices.look(account.customer(), order.id(), rules.graceDays());
    }
  }

  /**
   * Whether the engine has no subscription any more of a tenant that goes on with its plan:
   * somebody ended it there.
   */
  public boolean endedElsewhere(TenantView tenant) {
    var account = accounts.of(tenant.tenantId()).orElse(null);
    return account != null
        && account.subscription() != null
        && !account.ending()
        && engine.findSubscription(account.customer()).isEmpty();
  }

  /**
   * A tenant that is not served any more: what it used is reported, its cycles are closed, and what
   * comes later than that is charged too.
   */
  public void gone(Account account, int graceDays) {
    changes.settle(account.tenantId());
    boolean forGood = subscriptions.gone(account);
    var shard = account.shard();
    if (shard == null) {
      return;
    }
    if (forGood || account.subscription() != null) {
      missed.charge(account, shard);
    }
    var cycles = accounts.cycles(account.tenantId(), clock.instant().minus(LATEST));
    boolean ended =
        account.ending() && cycles.stream().noneMatch(c -> c.ends().isAfter(clock.instant()));
    for (var cycle : cycles) {
      if (!cycle.terms().billed().isEmpty()) {
        var used = cycle.sold(ledger.of(shard, cycle.tenantId(), cycle.cycle()));
        if (cycle.state() == BilledCycle.State.OPEN) {
          reporting.report(account, cycle, used);
        }
        if (cycle.state() == BilledCycle.State.CLOSED || late.close(cycle)) {
          late.charge(account, ended ? null : account.subscription(), cycle, used);
        }
      }
    }
    late.settleGone(account.tenantId(), graceDays);
    thresholds.settle(account.tenantId());
  }

  public BillingEngine engine() {
    return engine;
  }

  public Accounts accounts() {
    return accounts;
  }

  public Orders orders() {
    return orders;
  }

  public Dunning dunning() {
    return dunning;
  }

  public Notices notices() {
    return notices;
  }

  /** Refunds and disputes of all tenants; the worker's thread. */
  public AdjustmentRound adjustments() {
    return adjustments;
  }

  public Intents intents() {
    return intents;
  }

  public Credits credits() {
    return credits;
  }

  public LedgerTotals ledger() {
    return ledger;
  }

  public Reconciliation reconciliation() {
    return reconciliation;
  }
}

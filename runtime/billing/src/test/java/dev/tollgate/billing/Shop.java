package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.StripeClient;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.stripe.StripeBilling;
import dev.tollgate.billing.usage.LedgerTotals;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.JdbcLedger;
import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.plan.Priority;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.crd.view.TierView;
import dev.tollgate.crd.view.WebhookView;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A platform with one plan and one tenant, whose ledger and rows are in real databases. */
final class Shop implements AutoCloseable {

  static final String TENANT = "tacme";
  static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
  static final Billing.Rules RULES = new Billing.Rules(0, 7, List.of(), null);

  final Databases databases;
  final Ledger ledger;
  final Billing billing;
  final InstantSource clock;

  /** As it is served now. */
  TenantView served = tenant();

  Shop(Path directory, URI stripe, InstantSource clock) {
    this(Databases.embedded(directory), stripe, clock, source -> source);
  }

  Shop(Databases databases, URI stripe, InstantSource clock, UnaryOperator<DataSource> wrapped) {
    this.clock = clock;
    this.databases = databases;
    ledger = new JdbcLedger(databases, id -> ZoneOffset.UTC);
    var client =
        StripeClient.builder()
            .setApiKey("sk_test_123")
            .setApiBase(stripe.toString())
            .setMaxNetworkRetries(0)
            .setReadTimeout(20_000)
            .build();
    billing =
        new Billing(
            new StripeBilling(() -> client, "test", false),
            new BillingStore(() -> wrapped.apply(databases.platform())),
            new LedgerTotals(ledger),
            id -> Optional.of(served).filter(tenant -> tenant.tenantId().equals(id)),
            clock);
  }

  /** What one tenant that went from basic to pro has at Stripe, however often it was made. */
  static void madeOnce(FakeStripe stripe, String what) {
    assertThat(stripe.all("customer")).as(what).hasSize(1);
    assertThat(stripe.all("subscription")).as(what).hasSize(1);
    assertThat(stripe.all("product")).as(what).hasSize(2);
    assertThat(stripe.all("price")).as(what).hasSize(4);
    assertThat(stripe.all("billing.meter")).as(what).hasSize(1);
  }

  /** Cents that usage has cost on all invoices: by tiers, and as items of its own. */
  static long centsOfUsage(FakeStripe stripe) {
    long tiers =
        stripe.all("invoice").stream()
            .flatMap(i -> i.path("_lines").valueStream())
            .filter(l -> l.path("description").asText().equals("tier"))
            .mapToLong(l -> l.path("amount").asLong())
            .sum();
    long items =
        stripe.all("invoiceitem").stream()
            .filter(i -> !i.path("proration").asBoolean())
            .mapToLong(i -> i.path("amount").asLong())
            .sum();
    return tiers + items;
  }

  /** 9 dollars; 1,000 requests included, then 0.02 cents up to 5,000 more, then 0.01. */
  static PlanView plan(String name, long cents, long included) {
    return plan(name, "r1", cents, included);
  }

  /** A plan that costs nothing. */
  static PlanView free(String name, String revision) {
    return plan(name, revision, 0, Map.of());
  }

  static PlanView plan(String name, String revision, long cents, long included) {
    var tiers = List.of(new TierView(5_000, 20_000), new TierView(Long.MAX_VALUE, 10_000));
    return plan(
        name,
        revision,
        cents,
        Map.of(
            "requests", new MeterView("requests", included, OverageMode.Bill, tiers, List.of())));
  }

  static PlanView plan(String name, String revision, long cents, Map<String, MeterView> meters) {
    return new PlanView(
        name,
        name,
        revision,
        cents * 1_000_000,
        "USD",
        meters,
        Set.of(),
        Set.of(),
        null,
        Priority.Normal,
        Isolation.Shared,
        "default",
        "default",
        List.of());
  }

  static TenantView tenant(PlanView plan) {
    return tenant(plan, new WebhookView(URI.create("https://hooks.acme.example/"), null));
  }

  static TenantView tenant(String contact) {
    return tenant(plan("basic", 900, 1_000), contact, null);
  }

  static TenantView tenant(PlanView plan, @Nullable WebhookView webhook) {
    return tenant(plan, "ops@acme.example", webhook);
  }

  static TenantView tenantIn(PlanView plan, ZoneId zone) {
    return tenant(plan, "ops@acme.example", null, zone);
  }

  /** With months of another zone. */
  static TenantView tenant(ZoneId zone) {
    return tenant(plan("basic", 900, 1_000), "ops@acme.example", null, zone);
  }

  private static TenantView tenant(PlanView plan, String contact, @Nullable WebhookView webhook) {
    return tenant(plan, contact, webhook, ZONE);
  }

  private static TenantView tenant(
      PlanView plan, String contact, @Nullable WebhookView webhook, ZoneId zone) {
    return new TenantView(
        TENANT,
        "local",
        "acme",
        "ACME GmbH",
        contact,
        plan,
        zone,
        false,
        "default",
        "default",
        "default-0",
        List.of(),
        List.of(),
        null,
        webhook,
        Map.of());
  }

  /** Like another, but for its names. */
  static TenantView tenantLike(TenantView one, String id, String name) {
    return new TenantView(
        id,
        one.namespace(),
        name,
        one.displayName(),
        one.contact(),
        one.plan(),
        one.zone(),
        one.suspended(),
        one.gatewayPool(),
        one.shardPool(),
        one.shard(),
        one.trusts(),
        one.limits(),
        one.keyHash(),
        one.webhook(),
        one.labels());
  }

  static TenantView tenant() {
    return tenant(plan("basic", 900, 1_000));
  }

  /** Uses so many requests in a cycle. */
  void use(String cycle, long requests) {
    use(cycle, "basic", requests);
  }

  /** The same, on another plan. */
  void use(String cycle, String plan, long requests) {
    use(cycle, plan, "r1", requests);
  }

  /** The same, at other prices. */
  void use(String cycle, String plan, String revision, long requests) {
    var opening =
        new Opening(
            "default-0", TENANT, "key:x", "api", plan, revision, cycle, clock.millis(), requests);
    List<UsageRecord> records = new ArrayList<>();
    records.add(
        new UsageRecord(
            UUID.randomUUID().toString().replace("-", ""),
            opening,
            clock.millis(),
            new Amounts(requests, 0, 0),
            Outcome.COMPLETE,
            200,
            null));
    ledger.commit(
        "default-0",
        "%032x".formatted(7),
        ledger.position("default-0", "%032x".formatted(7)),
        ledger.position("default-0", "%032x".formatted(7)) + 1,
        records,
        List.of());
  }

  void work() {
    billing.work(tenant(), RULES);
  }

  static Billing.Rules rules(Thresholds.Threshold... thresholds) {
    return new Billing.Rules(0, 7, List.of(thresholds), null);
  }

  static Instant at(String time) {
    return Instant.parse(time);
  }

  @Override
  public void close() {
    databases.close();
  }
}

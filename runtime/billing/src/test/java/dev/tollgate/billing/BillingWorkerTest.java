package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.account.Accounts;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import dev.tollgate.billing.order.Orders;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.work.BillingReport;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.billing.PlanChange;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.Disks;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.view.BillingView;
import dev.tollgate.crd.view.TenantView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the worker tells of its rounds, with Stripe's rules and a real database. */
class BillingWorkerTest {

  private FakeStripe stripe;
  private Shop shop;
  private BillingWorker worker;
  private boolean tenants = true;
  private final Map<String, TenantView> others = new HashMap<>();
  private @Nullable String key = "sk_test_123";

  @BeforeEach
  void open(@TempDir Path directory) {
    stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
    shop = new Shop(directory, stripe.base(), stripe::now);
    var store = new BillingStore(shop.databases::platform);
    var live =
        new LiveBilling(
            serving(),
            (ref, use) ->
                Optional.ofNullable(key).map(text -> text.getBytes(StandardCharsets.UTF_8)),
            store,
            shop.ledger,
            "test",
            stripe.clock());
    worker = new BillingWorker(live, serving(), store, "default", stripe::now);
  }

  @AfterEach
  void close() {
    shop.close();
    stripe.close();
  }

  @Test
  void aReplicaThatDoesNotDoTheWorkTellsNothing() {
    assertThat(worker.report().compared()).isNull();
  }

  @Test
  void aRoundInWhichAllAgreesTellsWhenItWasComparedAndHowManyCustomersThereAre() {
    shop.use("2026-11-01", 700);
    worker.tick();
    assertThat(worker.report())
        .isEqualTo(
            new BillingReport(
                "2026-11-10T10:00:00Z", 0, List.of(), List.of(), 0, 1, 0, 0, 0, null));
  }

  @Test
  void thePageOfAProxyIsNotInWhatIsTold() {
    worker.tick();
    shop.use("2026-11-01", 700);
    for (int i = 0; i < 2; i++) {
      stripe.trouble("POST /v1/billing/meter_events", Trouble.PAGE);
      worker.tick();
    }
    assertThat(worker.report().waiting())
        .singleElement()
        .satisfies(w ->
            assertThat(w.reason())
                .contains("status 502")
                .endsWith("(an answer that is not Stripe's JSON)")
                .doesNotContain("<"));
  }

  @Test
  void aProviderThatDoesNotAnswerIsNotAskedForEachTenant() {
    worker.tick();
    for (int i = 0; i < 50; i++) {
      others.put("t" + i, Shop.tenantLike(Shop.tenant(), "t" + i, "tenant-" + i));
      stripe.trouble("", Trouble.NO_ANSWER);
    }
    var before = stripe.requests().size();
    worker.tick();
    assertThat(stripe.requests()).hasSizeLessThan(before + 15);
    assertThat(worker.report().customers()).isEqualTo(1);
    assertThat(worker.findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("there is no answer"));
    for (int i = 0; i < 30 && worker.report().customers() < 51; i++) {
      worker.tick();
    }
    worker.tick();
    assertThat(worker.report().customers()).isEqualTo(51);
    assertThat(worker.findings()).isEmpty();
  }

  @Test
  void aTenantThatWaitsForTwoRoundsIsNamedWithWhatStripeSaidAndItsEventIsOpen() {
    worker.tick();
    shop.use("2026-11-01", 700);
    stripe.trouble("POST /v1/billing/meter_events", Trouble.BROKEN);
    worker.tick();
    assertThat(worker.failures()).isEqualTo(1);
    assertThat(worker.report().waiting()).isEmpty();
    assertThat(worker.report().failures()).isZero();
    worker.tick();
    var report = worker.report();
    assertThat(report.waiting())
        .singleElement()
        .satisfies(w -> {
          assertThat(w.tenant()).isEqualTo("acme");
          assertThat(w.reason()).startsWith("Stripe: ").endsWith(": broken");
        });
    assertThat(report.failures()).isEqualTo(1);
    assertThat(report.openEvents()).isEqualTo(1);
    // the failure is stored under its key for a day
    stripe.advance(stripe.now().plus(Duration.ofHours(21)));
    worker.tick();
    assertThat(worker.report().waiting()).isEmpty();
    assertThat(worker.report().openEvents()).isZero();
  }

  @Test
  void anEventThatStripeLostIsADifferenceUntilItWasSentAnew() {
    shop.use("2026-11-01", 700);
    worker.tick();
    stripe.lose(0);
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    assertThat(worker.report().drift()).isEqualTo(700);
    assertThat(worker.report().differences())
        .containsExactly(new BillingReport.Difference("acme", "2026-11-01", "requests", 700));
    worker.tick();
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    assertThat(worker.report().drift()).isZero();
    assertThat(worker.report().differences()).isEmpty();
  }

  @Test
  void aProviderWithoutAKeyIsToldAlsoWhereNobodyPays() {
    key = null;
    tenants = false;
    worker.tick();
    assertThat(worker.report().trouble()).contains("Secret stripe", "tollgate.dev/use: billing");
    key = "sk_test_123";
    worker.tick();
    assertThat(worker.report().trouble()).isNull();
    key = null;
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    assertThat(worker.report().trouble()).as("what failed once").isNull();
    worker.tick();
    assertThat(worker.report().trouble()).contains("Secret stripe");
  }

  @Test
  void eachHourItFindsRefundsAndDisputesThatNoEventToldOf() {
    worker.tick();
    var customer = stripe.all("customer").getFirst().path("id").asText();
    Map<String, Object> payment = Map.of("customer", customer, "amount", 900, "currency", "usd");
    var charge = stripe.put("charge", "ch", payment);
    Map<String, Object> dispute =
        Map.of("charge", charge, "amount", 900, "currency", "usd", "status", "needs_response");
    stripe.put("dispute", "dp", dispute);
    stripe.advance(stripe.now().plus(Duration.ofMinutes(59)));
    worker.tick();
    var orders = new Orders(new BillingStore(shop.databases::platform));
    assertThat(orders.adjustments(TENANT)).isEmpty();
    stripe.advance(stripe.now().plus(Duration.ofMinutes(2)));
    stripe.trouble("GET /v1/refunds", Trouble.TOO_MANY);
    worker.tick();
    assertThat(orders.adjustments(TENANT)).as("Stripe waits").isEmpty();
    worker.tick();
    assertThat(orders.adjustments(TENANT)).hasSize(1);
  }

  @Test
  void whatATenantUsedBeforeItWasDeletedIsReportedAndItsCycleClosed() {
    shop.use("2026-11-01", 700);
    worker.tick();
    shop.use("2026-11-01", 500);
    tenants = false;
    worker.tick();
    assertThat(counted()).isEqualTo(1_200);
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    stripe.advance(at("2026-12-01T02:30:00Z"));
    worker.tick();
    worker.tick();
    assertThat(new Accounts(new BillingStore(shop.databases::platform)).cycle(TENANT, "2026-11-01"))
        .hasValueSatisfying(c -> assertThat(c.state()).isEqualTo(BilledCycle.State.CLOSED));
    assertThat(counted()).isEqualTo(1_200);
    assertThat(worker.failures()).isZero();
  }

  @Test
  void aDeletedTenantThatStripeDoesNotKnowKeepsNobodyElseFromBeingBilled() {
    worker.tick();
    var id = stripe.all("subscription").getFirst().path("id").asText();
    stripe.forget(id);
    tenants = false;
    worker.tick();
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    worker.tick();
    assertThat(worker.report().compared()).isEqualTo("2026-11-10T12:00:00Z");
    assertThat(worker.report().waiting())
        .singleElement()
        .satisfies(w -> assertThat(w.tenant()).isEqualTo(TENANT));
  }

  @Test
  void aSubscriptionThatWasEndedAtStripeByHandIsTold() {
    worker.tick();
    var id = stripe.all("subscription").getFirst().path("id").asText();
    stripe.change(id, subscription -> subscription.put("status", "canceled"));
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    worker.tick();
    assertThat(worker.report().waiting())
        .singleElement()
        .satisfies(w -> assertThat(w.reason()).contains("ended at Stripe", "on no invoice"));
    stripe.change(id, subscription -> subscription.put("status", "active"));
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    assertThat(worker.report().waiting()).isEmpty();
  }

  private long counted() {
    return stripe.events().stream().mapToLong(e -> e.path("payload").path("value").asLong()).sum();
  }

  @Test
  void aKeyThatMayNotReadRefundsOrOneDisputeIsTold() {
    stripe.trouble("GET /v1/refunds", Trouble.DENIED);
    worker.tick();
    assertThat(worker.report().trouble()).contains("listing refunds", "lacks a permission");
    assertThat(worker.findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("listing refunds"));
    worker.tick();
    assertThat(worker.report().trouble()).isNull();
    var customer = stripe.all("customer").getFirst().path("id").asText();
    Map<String, Object> payment = Map.of("customer", customer, "amount", 900, "currency", "usd");
    var charge = stripe.put("charge", "ch", payment);
    Map<String, Object> dispute =
        Map.of("charge", charge, "amount", 900, "currency", "usd", "status", "needs_response");
    var id = stripe.put("dispute", "dp", dispute);
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    stripe.trouble("GET /v1/disputes/" + id, Trouble.DENIED);
    worker.tick();
    worker.tick();
    assertThat(worker.report().trouble()).contains(id, "lacks a permission");
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    worker.tick();
    assertThat(worker.report().trouble()).isNull();
  }

  private Serving serving() {
    var plan = Shop.plan("basic", 900, 1_000);
    var tenant = Shop.tenant(plan);
    var deserted = new ServingState(1, shared(tenant), Map.of(), Map.of());
    return new Serving() {
      @Override
      public ServingState current() {
        if (!tenants) {
          return deserted;
        }
        var all = new HashMap<>(others);
        all.put(TENANT, tenant);
        var ids = all.values().stream().collect(toMap(TenantView::name, TenantView::tenantId));
        return new ServingState(1, shared(tenant), all, ids);
      }

      @Override
      public void onChange(Consumer<ServingState> listener) {}
    };
  }

  private Shared shared(TenantView tenant) {
    var key = new SecretRef("stripe", "api-key");
    return new Shared(
        Map.of(tenant.plan().name(), tenant.plan()),
        List.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(),
        Map.of(),
        List.of(),
        Map.of(),
        Map.of(),
        new BillingView(
            "stripe",
            key,
            List.of(key),
            stripe.base(),
            List.of(),
            0,
            7,
            null,
            false,
            PlanChange.CreateProrations,
            90),
        Disks.ONE);
  }
}

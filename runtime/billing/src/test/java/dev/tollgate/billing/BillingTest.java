package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.FakeStripe.Trouble;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.order.BillingAlerts;
import dev.tollgate.billing.order.Dunning;
import dev.tollgate.billing.order.Order;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.events.Event;
import dev.tollgate.core.events.Outbox;
import dev.tollgate.core.store.Databases;
import dev.tollgate.crd.resolve.PlanView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of plans, tenants and usage, with Stripe's rules and a real database. */
class BillingTest {

  private FakeStripe stripe;
  private Shop shop;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
    shop = new Shop(databases(directory), stripe.base(), stripe::now, source -> source);
  }

  /** Databases without anything in them. */
  Databases databases(Path directory) throws Exception {
    return Databases.embedded(directory);
  }

  @AfterEach
  void close() {
    shop.close();
    stripe.close();
  }

  private long metered() {
    return stripe.events().stream().mapToLong(e -> e.path("payload").path("value").asLong()).sum();
  }

  /** Units that the finished invoices of cycles and late items stand for. */
  private static long lines(ObjectNode invoice) {
    long sum = 0;
    for (var line : invoice.path("_lines")) {
      if (line.has("pricing") && line.path("description").asText().equals("tier")) {
        sum += line.path("quantity").asLong();
      }
    }
    return sum;
  }

  @Test
  void aPlanAndATenantBecomeProductPricesMeterCustomerAndSubscription() {
    shop.work();
    shop.work();
    assertThat(stripe.all("product")).hasSize(1);
    assertThat(stripe.all("price")).hasSize(2);
    assertThat(stripe.all("billing.meter")).hasSize(1);
    assertThat(stripe.all("customer"))
        .singleElement()
        .satisfies(
            c -> assertThat(c.path("metadata").path("tenant_id").asText()).isEqualTo(TENANT));
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s -> {
          // midnight of the first in Berlin
          assertThat(s.path("_period_end").asLong())
              .isEqualTo(at("2026-11-30T23:00:00Z").getEpochSecond());
          assertThat(s.path("items").path("data")).hasSize(2);
        });
    assertThat(stripe.all("price").getFirst().path("unit_amount_decimal").asText())
        .isEqualTo("900");
    var metered = stripe.all("price").getLast();
    assertThat(metered.path("_tiers").toString())
        .isEqualTo(
            "[{\"unit_amount_decimal\":\"0\",\"up_to\":\"1000\"},"
                + "{\"unit_amount_decimal\":\"0.02\",\"up_to\":\"6000\"},"
                + "{\"unit_amount_decimal\":\"0.01\",\"up_to\":\"inf\"}]");
  }

  @Test
  void aProductThatSomebodyMadeForThePlanIsAdopted() {
    var made =
        stripe.put(
            "product",
            "prod",
            Map.of(
                "name",
                "old name",
                "active",
                true,
                "metadata",
                Map.of("tollgate_plan", "basic", "tollgate_platform", "test")));
    shop.work();
    assertThat(stripe.all("product"))
        .singleElement()
        .satisfies(p -> {
          assertThat(p.path("id").asText()).isEqualTo(made);
          assertThat(p.path("name").asText()).isEqualTo("basic");
        });
  }

  @Test
  void usageIsCountedOnceWhateverFailsAndWhenever() {
    shop.work();
    shop.use("2026-11-01", 700);
    for (var trouble : Trouble.values()) {
      shop.use("2026-11-01", 100);
      stripe.trouble("POST /v1/billing/meter_events", trouble);
      assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
      if (trouble == Trouble.BROKEN) {
        // the failure is stored under the key for a day
        stripe.advance(stripe.now().plus(Duration.ofHours(21)));
      }
      shop.work();
    }
    shop.work();
    assertThat(metered()).isEqualTo(1_000);
  }

  @Test
  void anEventInDoubtForLongerThanADayIsNotSentTwice() {
    shop.work();
    shop.use("2026-11-01", 700);
    stripe.trouble("POST /v1/billing/meter_events", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    stripe.advance(stripe.now().plus(Duration.ofDays(3)));
    shop.work();
    assertThat(metered()).isEqualTo(700);
  }

  @Test
  void aCustomerIsNotMadeTwiceWhenTheAnswerWasLost() {
    stripe.trouble("POST /v1/customers", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    stripe.trouble("POST /v1/subscriptions", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    shop.work();
    assertThat(stripe.all("customer")).hasSize(1);
    assertThat(stripe.all("subscription")).hasSize(1);
  }

  @Test
  void usageThatComesAfterTheInvoiceGoesOnTheNextOneMarked() {
    shop.work();
    shop.use("2026-11-01", 2_000);
    shop.work();
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.work();
    shop.use("2026-11-01", 500);
    shop.work();
    shop.work();
    assertThat(stripe.all("invoiceitem"))
        .singleElement()
        .satisfies(i -> {
          // 500 more at 0.02 cents
          assertThat(i.path("amount").asLong()).isEqualTo(10);
          assertThat(i.path("description").asText())
              .isEqualTo("Late usage of the cycle 2026-11-01: 500 requests");
        });
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-11-01"))
        .get()
        .extracting(BilledCycle::state)
        .isEqualTo(BilledCycle.State.CLOSED);
    stripe.advance(at("2027-01-01T02:00:00Z"));
    shop.work();
    var cycles =
        stripe.all("invoice").stream()
            .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
            .toList();
    assertThat(lines(cycles.getFirst())).isEqualTo(2_000);
    assertThat(cycles.getLast().path("_lines").toString()).contains("Late usage");
  }

  @Test
  void anEventTheInvoiceMissedIsChargedLate() {
    shop.work();
    shop.use("2026-11-01", 2_000);
    stripe.trouble("POST /v1/billing/meter_events", Trouble.TOO_MANY);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    stripe.advance(at("2026-12-01T02:00:00Z"));
    stripe.trouble("POST /v1/billing/meter_events", Trouble.TOO_MANY);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    shop.work();
    shop.work();
    long invoiced = stripe.all("invoice").stream().mapToLong(BillingTest::lines).sum();
    // whatever way it took, 1,000 beyond the included are 20 cents, once
    long items = stripe.all("invoiceitem").stream().mapToLong(i -> i.path("amount").asLong()).sum();
    assertThat(invoiced == 2_000 ? 20 : items).isEqualTo(20);
    assertThat(invoiced == 2_000 ? items : 0).isZero();
  }

  @Test
  void aThresholdSendsAnInvoiceThatTheCyclesInvoiceTakesOffAgain() {
    var rules = Shop.rules(new Thresholds.Threshold("requests", 2_000));
    shop.billing.work(Shop.tenant(), rules);
    shop.use("2026-11-01", 4_100);
    shop.billing.work(Shop.tenant(), rules);
    shop.billing.work(Shop.tenant(), rules);
    var invoice =
        stripe.all("invoice").stream()
            .filter(i -> i.path("billing_reason").asText().equals("manual"))
            .toList();
    assertThat(invoice)
        .singleElement()
        .satisfies(i -> {
          assertThat(i.path("status").asText()).isEqualTo("open");
          // 3,000 beyond the included
          assertThat(i.path("total").asLong()).isEqualTo(60);
        });
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    var cycle =
        stripe.all("invoice").stream()
            .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
            .toList()
            .getFirst();
    // 3,100 beyond: 62 cents, less the 60 that were asked for, and the next fee
    assertThat(cycle.path("total").asLong()).isEqualTo(2 + 900);
  }

  @Test
  void anotherPlanHoldsFromTheNextCycleOn() {
    shop.work();
    var other = Shop.tenant(Shop.plan("pro", 4_900, 10_000));
    shop.billing.work(other, RULES);
    shop.use("2026-11-01", 1_500);
    shop.billing.work(other, RULES);
    assertThat(stripe.all("subscription_schedule")).hasSize(1);
    stripe.advance(at("2026-12-01T03:00:00Z"));
    shop.billing.work(other, RULES);
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow().terms().plan())
        .isEqualTo("basic");
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-12-01").orElseThrow().terms().plan())
        .isEqualTo("pro");
    assertThat(stripe.all("subscription").getFirst().path("items").toString()).contains("4900");
  }

  /** What a change of plan on the 20th of November comes to, of 500 and then 1,500 requests. */
  private Billing.Rules change(Proration proration) {
    var rules = new Billing.Rules(0, 7, List.of(), proration);
    shop.work();
    shop.use("2026-11-01", 2_000);
    shop.work();
    stripe.advance(at("2026-11-20T23:00:30Z"));
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    shop.billing.work(pro, rules);
    shop.use("2026-11-01", 1_500);
    shop.billing.work(pro, rules);
    stripe.advance(stripe.now().plusSeconds(7_200));
    shop.billing.reconcile(pro, rules);
    shop.billing.work(pro, rules);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .singleElement()
        .satisfies(f -> {
          assertThat(f.drift()).isZero();
          assertThat(f.ledger()).isEqualTo(3_500);
          assertThat(f.assigned()).isEqualTo(3_500);
        });
    return rules;
  }

  private List<Long> items(boolean prorations) {
    return stripe.all("invoiceitem").stream()
        .filter(i -> i.path("proration").asBoolean() == prorations)
        .map(i -> i.path("amount").asLong())
        .toList();
  }

  /** The cycle of November, once it is closed. */
  private ObjectNode november(Billing.Rules rules) {
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.billing.work(pro, rules);
    shop.billing.work(pro, rules);
    var cycle = shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow();
    assertThat(cycle.state()).isEqualTo(BilledCycle.State.CLOSED);
    assertThat(cycle.terms().plan()).isEqualTo("pro");
    return stripe.all("invoice").stream()
        .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
        .toList()
        .getFirst();
  }

  @Test
  void aChangeOfPlanIsProratedAndUsageIsPaidByThePlanThatHeld() {
    var rules = change(Proration.NEXT_INVOICE);
    // a third of the month is left, but for half a minute
    assertThat(items(true)).hasSize(2);
    assertThat(items(true).getFirst()).isBetween(-302L, -299L);
    assertThat(items(true).getLast()).isBetween(1_630L, 1_640L);
    // 1,000 beyond what basic includes
    assertThat(items(false)).containsExactly(20L);
    var invoice = november(rules);
    assertThat(lines(invoice)).isEqualTo(1_500);
    // 1,000 beyond what pro includes, the prorations, basic's usage and the next fee
    assertThat(invoice.path("total").asLong())
        .isEqualTo(20 + items(true).getFirst() + items(true).getLast() + 20 + 4_900);
    assertThat(items(false)).as("nothing late").containsExactly(20L);
  }

  @Test
  void aChangeOfPlanIsInvoicedAtOnceWhereTheProviderSaysSo() {
    var rules = change(Proration.INVOICE_NOW);
    assertThat(stripe.all("invoice"))
        .filteredOn(i -> i.path("billing_reason").asText().equals("subscription_update"))
        .singleElement()
        .satisfies(i ->
            assertThat(i.path("total").asLong())
                .isEqualTo(items(true).getFirst() + items(true).getLast()));
    assertThat(november(rules).path("total").asLong()).isEqualTo(20 + 20 + 4_900);
  }

  @Test
  void aChangeOfPlanWithoutProrationChargesTheNewFeeFromTheNextCycleOn() {
    var rules = change(Proration.NONE);
    assertThat(items(true)).isEmpty();
    assertThat(november(rules).path("total").asLong()).isEqualTo(20 + 20 + 4_900);
  }

  @Test
  void lateUsageOfACycleWithTwoPlansIsPaidByTheLast() {
    var rules = change(Proration.NEXT_INVOICE);
    november(rules);
    shop.use("2026-11-01", 300);
    shop.billing.work(Shop.tenant(Shop.plan("pro", 4_900, 500)), rules);
    assertThat(items(false)).containsExactly(20L, 6L);
  }

  @Test
  void aChangeThatWasNotAnsweredIsMadeOnce() {
    shop.work();
    shop.use("2026-11-01", 2_000);
    stripe.advance(at("2026-11-20T23:00:00Z"));
    var rules = new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    var id = stripe.all("subscription").getFirst().path("id").asText();
    for (var trouble : List.of(Trouble.TOO_MANY, Trouble.NO_ANSWER)) {
      stripe.trouble("POST /v1/subscriptions/" + id, trouble);
      assertThatThrownBy(() -> shop.billing.work(pro, rules)).isInstanceOf(EngineException.class);
    }
    shop.use("2026-11-01", 1_000);
    shop.billing.work(pro, rules);
    shop.billing.work(pro, rules);
    assertThat(items(true)).hasSize(2);
    assertThat(items(false)).containsExactly(20L);
    assertThat(metered()).isEqualTo(3_000);
    // and back again
    stripe.advance(at("2026-11-25T10:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    assertThat(items(true)).hasSize(4);
    // 500 beyond what pro includes
    assertThat(items(false)).containsExactly(20L, 10L);
  }

  @Test
  void aChangeInTheLastHoursOfACycleHoldsFromTheNextOneOn() {
    shop.work();
    stripe.advance(at("2026-11-30T21:30:00Z"));
    var rules = new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);
    shop.billing.work(Shop.tenant(Shop.plan("pro", 4_900, 500)), rules);
    assertThat(items(true)).isEmpty();
    assertThat(stripe.all("subscription_schedule")).hasSize(1);
  }

  @Test
  void usageOfAMeterThatTheFormerPlanDidNotSellCostsNothing() {
    var free = Shop.plan("basic", 900, 1_000);
    var none =
        new PlanView(
            "flat",
            "Flat",
            "r1",
            500_000_000,
            "USD",
            Map.of(),
            free.features(),
            free.models(),
            free.onDisconnect(),
            free.priority(),
            free.isolation(),
            "default",
            "default",
            List.of());
    var rules = new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);
    shop.billing.work(Shop.tenant(none), rules);
    shop.use("2026-11-01", 9_000);
    stripe.advance(at("2026-11-20T10:00:00Z"));
    shop.billing.work(Shop.tenant(free), rules);
    shop.use("2026-11-01", 1_500);
    shop.billing.work(Shop.tenant(free), rules);
    assertThat(metered()).isEqualTo(1_500);
    assertThat(items(false)).isEmpty();
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.billing.work(Shop.tenant(free), rules);
    shop.billing.work(Shop.tenant(free), rules);
    assertThat(items(false)).isEmpty();
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow().state())
        .isEqualTo(BilledCycle.State.CLOSED);
  }

  @Test
  void usageOnAPlanThatCostsNothingIsNotBilledByTheOneAfterIt() {
    shop.use("2026-11-01", "free", 9_000);
    stripe.advance(at("2026-11-20T10:00:00Z"));
    // the gateway knows the other plan before billing does
    shop.use("2026-11-01", 1_500);
    stripe.advance(at("2026-11-20T10:01:00Z"));
    shop.work();
    assertThat(metered()).isEqualTo(1_500);
    shop.use("2026-11-01", 500);
    shop.work();
    stripe.advance(at("2026-11-21T10:00:00Z"));
    shop.billing.reconcile(Shop.tenant(), RULES);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .singleElement()
        .satisfies(f -> {
          assertThat(f.drift()).isZero();
          assertThat(f.ledger()).isEqualTo(2_000);
          assertThat(f.assigned()).isEqualTo(2_000);
        });
    // and another change within the cycle
    var rules = new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    shop.billing.work(pro, rules);
    shop.use("2026-11-01", "pro", 1_500);
    shop.billing.work(pro, rules);
    // 1,000 beyond what basic includes
    assertThat(items(false)).containsExactly(20L);
    assertThat(lines(november(rules))).isEqualTo(1_500);
    assertThat(items(false)).as("nothing late").containsExactly(20L);
  }

  @Test
  void usageOfAPlanBeforeItHadAPriceIsNotBilled() {
    var free = Shop.tenant(Shop.free("basic", "r0"));
    shop.billing.work(free, RULES);
    shop.use("2026-11-01", "basic", "r0", 9_000);
    shop.billing.work(free, RULES);
    assertThat(stripe.requests()).isEmpty();
    stripe.advance(at("2026-11-20T10:00:00Z"));
    // the gateway knows the price before billing does
    shop.use("2026-11-01", 1_500);
    stripe.advance(at("2026-11-20T10:01:00Z"));
    shop.work();
    assertThat(metered()).isEqualTo(1_500);
    shop.use("2026-11-01", 500);
    shop.work();
    stripe.advance(at("2026-11-21T10:00:00Z"));
    shop.billing.reconcile(Shop.tenant(), RULES);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .singleElement()
        .satisfies(f -> {
          assertThat(f.drift()).isZero();
          assertThat(f.ledger()).isEqualTo(2_000);
          assertThat(f.assigned()).isEqualTo(2_000);
        });
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.work();
    shop.work();
    var invoice =
        stripe.all("invoice").stream()
            .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
            .toList()
            .getFirst();
    assertThat(lines(invoice)).isEqualTo(2_000);
    // 1,000 beyond what basic includes, and the next fee
    assertThat(invoice.path("total").asLong()).isEqualTo(20 + 900);
    assertThat(items(false)).as("nothing late").isEmpty();
  }

  @Test
  void aPriceThatChangesAgainWhileStripeIsAskedForASubscriptionTakesNothingBack() {
    shop.use("2026-11-01", "basic", "r0", 9_000);
    stripe.advance(at("2026-11-20T10:00:00Z"));
    shop.use("2026-11-01", 1_500);
    stripe.advance(at("2026-11-20T10:01:00Z"));
    stripe.trouble("POST /v1/subscriptions", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    stripe.advance(at("2026-11-20T10:02:00Z"));
    shop.billing.work(Shop.tenant(Shop.plan("basic", "r2", 1_900, 1_000)), RULES);
    assertThat(metered()).as("1,500 were used at the first price").isEqualTo(1_500);
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow().terms().fee())
        .isEqualTo(900_000_000);
  }

  @Test
  void aTrialIsFreeToTheEndOfItsCycleAndTheNextIsChargedWhole() {
    var rules = new Billing.Rules(30, 7, List.of(), null);
    shop.billing.work(Shop.tenant(), rules);
    shop.use("2026-11-01", 5_000);
    shop.billing.work(Shop.tenant(), rules);
    stripe.advance(at("2026-12-20T00:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    assertThat(stripe.all("subscription")).isEmpty();
    stripe.advance(at("2027-01-01T07:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s ->
            assertThat(s.path("backdate_start_date").asLong())
                .isEqualTo(at("2026-12-31T23:00:00Z").getEpochSecond()));
    assertThat(metered()).isZero();
  }

  @Test
  void whoBuysNothingWhenTheTrialEndsIsChargedFromTheDayThatItBuys() {
    var rules = new Billing.Rules(30, 7, List.of(), null);
    var free = Shop.tenant(Shop.free("basic", "r0"));
    shop.billing.work(Shop.tenant(), rules);
    stripe.advance(at("2026-12-20T00:00:00Z"));
    shop.billing.work(free, rules);
    stripe.advance(at("2027-01-01T07:00:00Z"));
    shop.billing.work(free, rules);
    shop.use("2027-01-01", "basic", "r0", 9_000);
    stripe.advance(at("2027-01-15T10:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    shop.use("2027-01-01", 500);
    shop.billing.work(Shop.tenant(), rules);
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s -> assertThat(s.has("backdate_start_date")).isFalse());
    assertThat(metered()).isEqualTo(500);
  }

  private void notice(String event, String invoice) {
    shop.billing
        .notices()
        .take(
            new Notice(event, "invoice.updated", new Notice.Subject.Invoice(invoice)),
            RULES.graceDays());
  }

  @Test
  void eventsThatComeTwiceLateAndInAnyOrderEndInTheSameState() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("status", "paid").put("amount_paid", 1));
    notice("evt_paid", invoice);
    notice("evt_finalized", invoice);
    notice("evt_paid", invoice);
    assertThat(shop.billing.orders().of(TENANT))
        .singleElement()
        .extracting(Order::state)
        .isEqualTo(Order.State.PAID);
  }

  @Test
  void whoDoesNotPayIsSuspendedAfterTheDaysOfGraceAndServedAgainOncePaid() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_failed", invoice);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.PAST_DUE);
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    stripe.change(invoice, i -> i.put("status", "paid"));
    notice("evt_paid", invoice);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.GOOD);
  }

  @Test
  void paymentsThatAreToldOfAtTheSameTimeResumeTheTenant() throws Exception {
    var rules = Shop.rules(new Thresholds.Threshold("requests", 2_000));
    shop.billing.work(Shop.tenant(), rules);
    shop.use("2026-11-01", 4_100);
    shop.billing.work(Shop.tenant(), rules);
    shop.billing.reconcile(Shop.tenant(), rules);
    stripe.advance(stripe.now().plus(Duration.ofDays(15)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    var invoices = stripe.all("invoice").stream().map(i -> i.path("id").asText()).toList();
    assertThat(invoices).hasSize(2);
    invoices.forEach(id -> stripe.change(id, i -> i.put("status", "paid")));
    // when the first event has the account locked, the second one comes and waits for it
    var second = new CompletableFuture<Void>();
    var asked = new AtomicInteger();
    stripe.around(
        () -> {
          if (asked.incrementAndGet() == 2) {
            Thread.startVirtualThread(() -> {
              notice("evt_2", invoices.getLast());
              second.complete(null);
            });
            await(second);
          }
        },
        () -> {});
    notice("evt_1", invoices.getFirst());
    second.get(10, TimeUnit.SECONDS);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.GOOD);
  }

  /** Waits for what may be kept from its end by who waits. */
  private static void await(CompletableFuture<Void> other) {
    try {
      other.get(1, TimeUnit.SECONDS);
    } catch (TimeoutException waits) {
      assertThat(other).isNotDone();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the tenant's webhook is told, the oldest first. */
  private List<JsonNode> told() {
    return new Outbox(shop.databases)
        .of(TENANT, 10).reversed().stream().map(d -> json(d.event().payload())).toList();
  }

  private static JsonNode json(String text) {
    try {
      return JsonMapper.builder().build().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theTenantIsToldOnceOfAFailedPaymentOfItsSuspensionAndOfItsEnd() {
    shop.work();
    assertThat(told()).isEmpty();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1).put("total", 900));
    notice("evt_1", invoice);
    stripe.change(invoice, i -> i.put("attempt_count", 2));
    notice("evt_2", invoice);
    shop.work();
    assertThat(told())
        .singleElement()
        .satisfies(e -> {
          assertThat(e.path("type").asText()).isEqualTo("billing.payment_failed");
          assertThat(e.at("/data/tenant").asText()).isEqualTo("acme");
          assertThat(e.at("/data/invoice").asText()).isEqualTo(invoice);
          assertThat(e.at("/data/reason").asText()).isEqualTo("charge-failed");
          assertThat(e.at("/data/owed/amount").asText()).isEqualTo("9.00");
          assertThat(e.at("/data/suspendedFrom").asText()).isEqualTo("2026-11-17T10:00:00Z");
        });
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    shop.work();
    stripe.advance(stripe.now().plus(Duration.ofDays(1)));
    stripe.change(invoice, i -> i.put("status", "paid"));
    notice("evt_3", invoice);
    notice("evt_4", invoice);
    assertThat(told())
        .extracting(e -> e.path("type").asText())
        .containsExactly("billing.payment_failed", "billing.suspended", "billing.resumed");
    assertThat(told().getLast().at("/data/suspendedSince").asText())
        .isEqualTo("2026-11-18T10:00:00Z");
  }

  @Test
  void anInvoiceThatIsOverdueIsToldToo() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    notice("evt_1", invoice);
    assertThat(told()).isEmpty();
    stripe.advance(stripe.now().plus(Duration.ofDays(7)).plusSeconds(1));
    shop.work();
    assertThat(told())
        .singleElement()
        .satisfies(e -> assertThat(e.at("/data/reason").asText()).isEqualTo("overdue"));
  }

  /** Types of what the tenant was alerted about, the latest first. */
  private List<String> alerts() {
    return new BillingAlerts(new BillingStore(shop.databases::platform))
        .of(TENANT, 10).stream().map(Event::type).toList();
  }

  @Test
  void aTenantWithoutAWebhookIsAlertedAndNothingWaitsForDelivery() {
    shop.served = Shop.tenant(Shop.plan("basic", 900, 1_000), null);
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_1", invoice);
    notice("evt_2", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    stripe.change(invoice, i -> i.put("status", "paid"));
    stripe.advance(stripe.now().plus(Duration.ofDays(1)));
    notice("evt_3", invoice);
    assertThat(alerts())
        .containsExactly("billing.resumed", "billing.suspended", "billing.payment_failed");
    assertThat(told()).isEmpty();
  }

  @Test
  void anInvoiceThatIsOwedForMonthsIsToldOnce() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_1", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(2)));
    shop.work();
    assertThat(told()).hasSize(1);
    // the outbox keeps what it told for a time
    new Outbox(shop.databases).forget(stripe.now());
    shop.work();
    assertThat(told()).isEmpty();
    assertThat(alerts()).containsExactly("billing.payment_failed");
  }

  private void notice(String event, Notice.Subject subject) {
    shop.billing.notices().take(new Notice(event, "", subject), RULES.graceDays());
  }

  private String customer() {
    return stripe.all("customer").getFirst().path("id").asText();
  }

  private String charge(String customer) {
    return stripe.put(
        "charge", "ch", Map.of("customer", customer, "amount", 900, "currency", "usd"));
  }

  @Test
  void refundsAreRecordedAsTheyAreNow() {
    shop.work();
    var charge = charge(customer());
    var refund =
        stripe.put(
            "refund",
            "re",
            Map.of("charge", charge, "amount", 500, "currency", "usd", "status", "pending"));
    notice("evt_1", new Notice.Subject.Charge(charge));
    stripe.change(refund, r -> r.put("status", "succeeded").put("reason", "duplicate"));
    notice("evt_2", new Notice.Subject.Charge(charge));
    notice("evt_1", new Notice.Subject.Charge(charge));
    assertThat(shop.billing.orders().adjustments(TENANT))
        .containsExactly(
            new Adjustment(refund, "refund", "", "succeeded", "USD", 500_000_000, "duplicate"));
  }

  @Test
  void disputesAreRecordedAsTheyAreNow() {
    shop.work();
    var charge = charge(customer());
    var dispute =
        stripe.put(
            "dispute",
            "dp",
            Map.of(
                "charge",
                charge,
                "amount",
                900,
                "currency",
                "usd",
                "status",
                "needs_response",
                "reason",
                "fraudulent"));
    notice("evt_1", new Notice.Subject.Dispute(dispute));
    stripe.change(dispute, d -> d.put("status", "won"));
    notice("evt_2", new Notice.Subject.Dispute(dispute));
    assertThat(shop.billing.orders().adjustments(TENANT))
        .containsExactly(
            new Adjustment(dispute, "dispute", "", "won", "USD", 900_000_000, "fraudulent"));
  }

  private String refund(String charge, long cents, String status) {
    return stripe.put(
        "refund",
        "re",
        Map.of("charge", charge, "amount", cents, "currency", "usd", "status", status));
  }

  private String dispute(String charge, long cents, String status) {
    return stripe.put(
        "dispute",
        "dp",
        Map.of("charge", charge, "amount", cents, "currency", "usd", "status", status));
  }

  /** A whole round that looks for refunds and disputes no event told of. */
  private void adjust() {
    shop.billing.adjustments().begin();
    shop.billing.adjustments().work(() -> true);
  }

  /** Kind, state and cents of what is written, the smallest first. */
  private List<String> adjustments() {
    return shop.billing.orders().adjustments(TENANT).stream()
        .sorted(Comparator.comparing(Adjustment::amount))
        .map(a -> a.kind() + " " + a.state() + " " + a.amount() / 1_000_000)
        .toList();
  }

  @Test
  void refundsAndDisputesThatNoEventToldOfAreFound() {
    shop.work();
    var charge = charge(customer());
    refund(charge, 100, "succeeded");
    refund(charge, 200, "pending");
    dispute(charge, 300, "needs_response");
    adjust();
    assertThat(adjustments())
        .containsExactly(
            "refund succeeded 100", "refund pending 200", "dispute needs_response 300");
    int requests = stripe.requests().size();
    adjust();
    assertThat(stripe.requests().size() - requests)
        .as("two lists, and what is not settled")
        .isEqualTo(4);
  }

  @Test
  void aDisputeThatWasDecidedMonthsLaterIsSeenWithoutAnEvent() {
    shop.work();
    var dispute = dispute(charge(customer()), 300, "needs_response");
    notice("evt_1", new Notice.Subject.Dispute(dispute));
    stripe.change(dispute, d -> d.put("status", "under_review"));
    adjust();
    assertThat(adjustments()).containsExactly("dispute under_review 300");
    stripe.advance(stripe.now().plus(Duration.ofDays(90)));
    stripe.change(dispute, d -> d.put("status", "lost"));
    adjust();
    assertThat(adjustments()).containsExactly("dispute lost 300");
    int requests = stripe.requests().size();
    adjust();
    assertThat(stripe.requests().size() - requests).as("what is settled is let be").isEqualTo(2);
  }

  @Test
  void anEventThatComesAfterTheRoundChangesNothingMore() {
    shop.work();
    var charge = charge(customer());
    var refund = refund(charge, 100, "succeeded");
    adjust();
    notice("evt_1", new Notice.Subject.Refund(refund));
    notice("evt_2", new Notice.Subject.Charge(charge));
    adjust();
    assertThat(adjustments()).containsExactly("refund succeeded 100");
  }

  @Test
  void manyRefundsAreFoundByPagesAndBySeveralCalls() {
    shop.work();
    stripe.pages(7);
    var charge = charge(customer());
    for (int cents = 1; cents <= 120; cents++) {
      refund(charge, cents, "succeeded");
    }
    var round = shop.billing.adjustments();
    round.begin();
    var pages = new AtomicInteger();
    round.work(() -> pages.incrementAndGet() <= 2);
    assertThat(adjustments()).as("two pages, then somebody else has the lease").hasSize(14);
    round.begin();
    int requests = stripe.requests().size();
    round.work(() -> true);
    assertThat(stripe.requests().size() - requests).as("one call is bounded").isBetween(100, 110);
    round.work(() -> true);
    requests = stripe.requests().size();
    adjust();
    assertThat(stripe.requests().size() - requests).as("nothing is news").isEqualTo(18 + 1);
  }

  @Test
  void aRoundThatStripeInterruptsGoesOnWhereItWas() {
    shop.work();
    var charge = charge(customer());
    refund(charge, 100, "succeeded");
    dispute(charge, 300, "needs_response");
    shop.billing.adjustments().begin();
    stripe.trouble("GET /v1/disputes", Trouble.TOO_MANY);
    assertThatThrownBy(() -> shop.billing.adjustments().work(() -> true))
        .isInstanceOf(EngineException.class);
    assertThat(adjustments()).containsExactly("refund succeeded 100");
    shop.billing.adjustments().work(() -> true);
    assertThat(adjustments()).containsExactly("refund succeeded 100", "dispute needs_response 300");
  }

  @Test
  void whatStripeDoesNotKnowAnyMoreKeepsNothingElseFromBeingSeen() {
    shop.work();
    var charge = charge(customer());
    var gone = dispute(charge, 300, "needs_response");
    var other = dispute(charge, 400, "needs_response");
    adjust();
    stripe.advance(stripe.now().plus(Duration.ofDays(90)));
    stripe.forget(gone);
    stripe.change(other, d -> d.put("status", "won"));
    adjust();
    assertThat(adjustments()).containsExactly("dispute needs_response 300", "dispute won 400");
  }

  @Test
  void whatBelongsToNoTenantIsLeftAlone() {
    shop.work();
    var foreign = stripe.put("customer", "cus", Map.of("name", "Another business"));
    var charge = charge(foreign);
    stripe.put(
        "refund",
        "re",
        Map.of("charge", charge, "amount", 500, "currency", "usd", "status", "succeeded"));
    var invoice =
        stripe.put(
            "invoice",
            "in",
            Map.of(
                "customer",
                foreign,
                "status",
                "open",
                "currency",
                "usd",
                "total",
                5,
                "amount_paid",
                0,
                "period_end",
                0,
                "_lines",
                List.of()));
    notice("evt_1", new Notice.Subject.Charge(charge));
    notice("evt_2", invoice);
    adjust();
    assertThat(shop.billing.orders().adjustments(TENANT)).isEmpty();
    assertThat(shop.billing.orders().of(TENANT)).isEmpty();
  }

  private String grant(String key, long cents) {
    return grant(key, cents, null);
  }

  private String grant(String key, long cents, @Nullable Instant expires) {
    return shop.billing
        .credits()
        .grant(
            shop.billing.accounts().of(TENANT).orElseThrow(),
            key,
            "Welcome",
            "USD",
            cents * 1_000_000,
            expires);
  }

  @Test
  void creditIsGivenOnceForEachKey() {
    shop.work();
    stripe.trouble("POST /v1/billing/credit_grants", Trouble.NO_ANSWER);
    assertThatThrownBy(() -> grant("welcome", 1_000)).isInstanceOf(EngineException.class);
    var given = grant("welcome", 1_000);
    assertThat(grant("welcome", 5_000)).as("whatever it asks for").isEqualTo(given);
    assertThat(stripe.all("billing.credit_grant"))
        .singleElement()
        .satisfies(g ->
            assertThat(g.path("amount").path("monetary").path("value").asText()).isEqualTo("1000"));
    assertThat(grant("sorry", 300)).isNotEqualTo(given);
  }

  @Test
  void creditWhoseAnswerWasLostADayAgoIsFoundAgain() {
    shop.work();
    stripe.trouble("POST /v1/billing/credit_grants", Trouble.NO_ANSWER);
    assertThatThrownBy(() -> grant("welcome", 1_000)).isInstanceOf(EngineException.class);
    stripe.advance(stripe.now().plus(Duration.ofDays(2)));
    grant("welcome", 1_000);
    assertThat(stripe.all("billing.credit_grant")).hasSize(1);
  }

  @Test
  void creditThatNobodyAsksForAgainIsGivenAllTheSame() {
    shop.work();
    stripe.trouble("POST /v1/billing/credit_grants", Trouble.TOO_MANY);
    assertThatThrownBy(() -> grant("welcome", 1_000)).isInstanceOf(EngineException.class);
    shop.work();
    shop.work();
    var given = stripe.all("billing.credit_grant");
    assertThat(given).hasSize(1);
    assertThat(grant("welcome", 1_000)).isEqualTo(given.getFirst().path("id").asText());
  }

  @Test
  void theKeyOfACreditThatStripeRefusedCanBeUsedForAnother() {
    shop.work();
    assertThatThrownBy(() -> grant("welcome", 1_000, stripe.now().minusSeconds(60)))
        .isInstanceOf(EngineException.class);
    shop.work();
    assertThat(stripe.all("billing.credit_grant")).isEmpty();
    grant("welcome", 1_000, stripe.now().plusSeconds(60));
    assertThat(stripe.all("billing.credit_grant")).hasSize(1);
  }

  @Test
  void creditIsAWholeAmountAboveZero() {
    shop.work();
    assertThatThrownBy(() -> grant("none", 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> grant("less", -5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(stripe.all("billing.credit_grant")).isEmpty();
  }

  /** A page of Stripe where the tenant leaves a payment method. */
  private String page() {
    return stripe.put("checkout.session", "cs", Map.of("customer", customer(), "status", "open"));
  }

  private String charged() {
    return stripe.all("subscription").getFirst().path("default_payment_method").asText();
  }

  @Test
  void whatTheTenantLeavesAtTheCheckoutIsChargedFromThenOn() {
    shop.work();
    assertThat(stripe.all("subscription").getFirst().path("collection_method").asText())
        .isEqualTo("send_invoice");
    var one = page();
    var first = stripe.complete(one);
    notice("evt_1", new Notice.Subject.Checkout(one));
    shop.work();
    assertThat(stripe.all("subscription").getFirst().path("collection_method").asText())
        .isEqualTo("charge_automatically");
    assertThat(charged()).isEqualTo(first);
    var other = page();
    var second = stripe.complete(other);
    notice("evt_2", new Notice.Subject.Checkout(other));
    shop.work();
    assertThat(charged()).isEqualTo(second);
  }

  @Test
  void anEventOfAnEarlierCheckoutThatComesLateDoesNotBringItsPaymentMethodBack() {
    shop.work();
    var one = page();
    var other = page();
    stripe.complete(other);
    stripe.advance(stripe.now().plusSeconds(60));
    var last = stripe.complete(one);
    notice("evt_2", new Notice.Subject.Checkout(one));
    notice("evt_1", new Notice.Subject.Checkout(other));
    shop.work();
    assertThat(charged()).isEqualTo(last);
  }

  @Test
  void whatWasLeftDuringATrialIsChargedWhenItHasEnded() {
    var rules = new Billing.Rules(10, 7, List.of(), null);
    shop.billing.work(Shop.tenant(), rules);
    var page = page();
    var method = stripe.complete(page);
    notice("evt_1", new Notice.Subject.Checkout(page));
    stripe.advance(at("2026-12-01T07:00:00Z"));
    shop.billing.work(Shop.tenant(), rules);
    assertThat(stripe.all("subscription")).hasSize(1);
    assertThat(charged()).isEqualTo(method);
  }

  @Test
  void anEventThatStripeLostIsSentAnew() {
    shop.work();
    shop.use("2026-11-01", 700);
    shop.work();
    stripe.lose(0);
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    shop.billing.reconcile(Shop.tenant(), RULES);
    shop.work();
    assertThat(metered()).isEqualTo(700);
    stripe.advance(stripe.now().plus(Duration.ofHours(2)));
    shop.billing.reconcile(Shop.tenant(), RULES);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .singleElement()
        .satisfies(f -> assertThat(f.drift()).isZero());
  }

  @Test
  void anInvoiceThatNoEventToldOfIsSeenByReconciliation() {
    shop.work();
    shop.billing.reconcile(Shop.tenant(), RULES);
    assertThat(shop.billing.orders().of(TENANT)).hasSize(1);
  }

  @Test
  void anOldInvoiceThatWasPaidAfterAllIsSeenWithoutAnEvent() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    notice("evt_1", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(40)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    stripe.change(invoice, i -> i.put("status", "paid"));
    shop.billing.reconcile(Shop.tenant(), RULES);
    shop.work();
    assertThat(shop.billing.orders().of(TENANT))
        .filteredOn(order -> order.id().equals(invoice))
        .extracting(Order::state)
        .containsExactly(Order.State.PAID);
  }
}

package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.crd.view.TenantView;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is free, and what is billed when it no longer is. */
class FreePlansAndTrialsTest extends BillingScenario {

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

  private static final Billing.Rules TRIAL = new Billing.Rules(10, 7, List.of(), null);

  /** The worker's round: what is due is noted, and then Stripe is asked. */
  private void round(TenantView tenant) {
    shop.billing.note(List.of(tenant), TRIAL);
    shop.billing.work(tenant, TRIAL);
  }

  /** The same while Stripe does not answer. */
  private void failingRound(TenantView tenant) {
    stripe.trouble("", Trouble.PAGE);
    shop.billing.note(List.of(tenant), TRIAL);
    assertThatThrownBy(() -> shop.billing.work(tenant, TRIAL)).isInstanceOf(EngineException.class);
  }

  private List<String> descriptions() {
    return stripe.all("invoiceitem").stream()
        .filter(i -> !i.path("proration").asBoolean())
        .map(i -> i.path("amount").asLong() + " " + i.path("description").asText())
        .toList();
  }

  @Test
  void aTrialThatEndsWhileStripeIsAwayForMoreThanACycleIsPaidForThatCycleToo() {
    round(Shop.tenant());
    // the trial is free to the first of December in Berlin
    for (var day : List.of("2026-11-30T23:01:00Z", "2026-12-01T05:00:00Z")) {
      stripe.advance(at(day));
      failingRound(Shop.tenant());
    }
    shop.use("2026-12-01", 1_600);
    stripe.advance(at("2026-12-31T23:02:00Z"));
    failingRound(Shop.tenant());
    stripe.advance(at("2027-01-05T10:00:00Z"));
    for (int i = 0; i < 3; i++) {
      round(Shop.tenant());
    }
    assertThat(descriptions())
        .containsExactlyInAnyOrder(
            "900 Fee of the cycle 2026-12-01, plan basic",
            "12 Late usage of the cycle 2026-12-01: 1600 requests");
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s ->
            assertThat(s.path("backdate_start_date").asLong())
                .isEqualTo(at("2026-12-31T23:00:00Z").getEpochSecond()));
    shop.billing.reconcile(Shop.tenant(), TRIAL);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .allMatch(f -> f.drift() == 0)
        .allMatch(f -> f.ledger() == f.assigned());
  }

  @Test
  void whoComesWhileStripeIsAwayPaysFromTheDayThatItCame() {
    for (var day : List.of("2026-11-15T23:00:00Z", "2026-12-01T05:00:00Z")) {
      stripe.advance(at(day));
      stripe.trouble("", Trouble.PAGE);
      shop.billing.note(List.of(Shop.tenant()), RULES);
      assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    }
    stripe.advance(at("2026-12-20T10:00:00Z"));
    shop.billing.note(List.of(Shop.tenant()), RULES);
    for (int i = 0; i < 3; i++) {
      shop.work();
    }
    // half of November's 30 days
    assertThat(descriptions()).containsExactly("450 Fee of the cycle 2026-11-01, plan basic");
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s ->
            assertThat(s.path("backdate_start_date").asLong())
                .isEqualTo(at("2026-11-30T23:00:00Z").getEpochSecond()));
  }

  @Test
  void whoGoesToAFreePlanBeforeStripeIsBackPaysTheCycleThatWasDueOnAnInvoiceOfItsOwn() {
    var free = Shop.tenant(Shop.free("free", "r0"));
    round(Shop.tenant());
    stripe.advance(at("2026-11-30T23:01:00Z"));
    failingRound(Shop.tenant());
    shop.use("2026-12-01", 1_600);
    stripe.advance(at("2026-12-10T10:00:00Z"));
    shop.billing.note(List.of(free), TRIAL);
    stripe.advance(at("2027-01-01T10:00:00Z"));
    for (int i = 0; i < 3; i++) {
      round(free);
    }
    assertThat(stripe.all("subscription")).isEmpty();
    assertThat(
            stripe.all("invoice").stream()
                .filter(i -> !i.path("status").asText().equals("draft"))
                .map(i -> i.path("total").asLong()))
        .containsExactlyInAnyOrder(900L, 12L);
    // and what it buys later begins then
    stripe.advance(at("2027-01-16T11:00:00Z"));
    round(Shop.tenant());
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s -> assertThat(s.has("backdate_start_date")).isFalse());
  }

  @Test
  void aSubscriptionWhoseAnswerWasLostInTheCycleBeforeIsNotPaidTwice() {
    round(Shop.tenant());
    stripe.advance(at("2026-11-30T23:01:00Z"));
    stripe.trouble("POST /v1/subscriptions", Trouble.NO_ANSWER);
    assertThatThrownBy(() -> round(Shop.tenant())).isInstanceOf(EngineException.class);
    shop.use("2026-12-01", 1_600);
    stripe.advance(at("2027-01-05T10:00:00Z"));
    for (int i = 0; i < 3; i++) {
      round(Shop.tenant());
    }
    assertThat(stripe.all("subscription")).hasSize(1);
    assertThat(descriptions())
        .containsExactly("12 Late usage of the cycle 2026-12-01: 1600 requests");
  }

  @Test
  void whoIsDeletedBeforeStripeIsBackPaysTheCycleThatWasDue() {
    round(Shop.tenant());
    stripe.advance(at("2026-11-30T23:01:00Z"));
    failingRound(Shop.tenant());
    stripe.advance(at("2026-12-10T10:00:00Z"));
    var account = shop.billing.accounts().of(TENANT).orElseThrow();
    shop.billing.gone(account, 7);
    stripe.advance(at("2026-12-10T12:00:00Z"));
    for (int i = 0; i < 3; i++) {
      shop.billing.gone(shop.billing.accounts().of(TENANT).orElseThrow(), 7);
    }
    assertThat(stripe.all("invoice"))
        .singleElement()
        .satisfies(i -> assertThat(i.path("total").asLong()).isEqualTo(900));
  }
}

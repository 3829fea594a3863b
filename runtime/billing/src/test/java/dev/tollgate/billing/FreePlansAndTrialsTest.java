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
}

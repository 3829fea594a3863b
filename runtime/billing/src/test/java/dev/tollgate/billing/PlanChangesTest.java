package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.crd.view.PlanView;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Another plan, within a cycle and from the next one on. */
class PlanChangesTest extends BillingScenario {

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
  void whoCancelsAndComesBackOnAnotherPlanPaysForItAtOnce() {
    var rules = new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);
    shop.work();
    stripe.advance(at("2026-11-12T10:00:00Z"));
    shop.billing.work(Shop.tenant(Shop.free("free", "r1")), rules);
    assertThat(shop.billing.accounts().of(TENANT).orElseThrow().ending()).isTrue();
    stripe.advance(at("2026-11-20T23:00:30Z"));
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    shop.billing.work(pro, rules);
    shop.billing.work(pro, rules);

    var cycle = shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow();
    assertThat(cycle.terms().plan()).isEqualTo("pro");
    assertThat(items(true).getLast()).isBetween(1_630L, 1_640L);
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s -> assertThat(s.path("cancel_at_period_end").asBoolean()).isFalse());
    assertThat(november(rules).path("total").asLong())
        .isEqualTo(items(true).getFirst() + items(true).getLast() + 4_900);
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
}

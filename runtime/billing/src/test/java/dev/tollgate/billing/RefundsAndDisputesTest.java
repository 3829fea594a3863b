package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Refunds and disputes, with events and without. */
class RefundsAndDisputesTest extends BillingScenario {

  @Test
  void refundsAreRecordedAsTheyAreNow() {
    shop.work();
    var charge = charge(customer());
    var refund =
        stripe.put(
            "refund",
            "re",
            Map.of("charge", charge, "amount", 500, "currency", "usd", "status", "pending"));
    paid("in_other", "pi_other");
    paid("in_first", "pi_first");
    notice("evt_1", new Notice.Subject.Charge(charge));
    stripe.change(refund, r -> r.put("status", "succeeded").put("reason", "duplicate"));
    notice("evt_2", new Notice.Subject.Charge(charge));
    notice("evt_1", new Notice.Subject.Charge(charge));
    assertThat(shop.billing.orders().adjustments(TENANT))
        .containsExactly(
            new Adjustment(
                refund, "refund", "", "succeeded", "USD", 500_000_000, "duplicate", "in_first"));
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
            new Adjustment(dispute, "dispute", "", "won", "USD", 900_000_000, "fraudulent", null));
  }

  private void paid(String invoice, String intent) {
    stripe.put(
        "invoice_payment",
        "inpay",
        Map.of(
            "invoice",
            invoice,
            "payment",
            Map.of("type", "payment_intent", "payment_intent", intent)));
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
}

package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import org.junit.jupiter.api.Test;

/** Usage that an invoice missed. */
class LateUsageTest extends BillingScenario {

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
    long invoiced = stripe.all("invoice").stream().mapToLong(BillingScenario::lines).sum();
    // whatever way it took, 1,000 beyond the included are 20 cents, once
    long items = stripe.all("invoiceitem").stream().mapToLong(i -> i.path("amount").asLong()).sum();
    assertThat(invoiced == 2_000 ? 20 : items).isEqualTo(20);
    assertThat(invoiced == 2_000 ? items : 0).isZero();
  }
}

package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.usage.Thresholds;
import org.junit.jupiter.api.Test;

/** Invoices before the end of a cycle. */
class ThresholdsTest extends BillingScenario {

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
}

package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How usage comes to Stripe's meters, once, whatever fails. */
class UsageReportingTest extends BillingScenario {

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
    assertThat(metered()).isEqualTo(700 + 100L * Trouble.values().length);
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
}

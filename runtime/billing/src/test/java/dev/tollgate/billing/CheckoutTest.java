package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.work.Billing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Payment methods that a tenant leaves at a checkout. */
class CheckoutTest extends BillingScenario {

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
}

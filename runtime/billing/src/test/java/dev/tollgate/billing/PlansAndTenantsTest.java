package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of plans and tenants in Stripe. */
class PlansAndTenantsTest extends BillingScenario {

  @Test
  void aPlanAndATenantBecomeProductPricesMeterCustomerAndSubscription() {
    shop.work();
    shop.work();
    assertThat(stripe.all("product")).hasSize(1);
    assertThat(stripe.all("price")).hasSize(2);
    assertThat(stripe.all("billing.meter")).hasSize(1);
    assertThat(stripe.all("customer"))
        .singleElement()
        .satisfies(c -> {
          assertThat(c.path("metadata").path("tenant_id").asText()).isEqualTo(TENANT);
          assertThat(c.path("email").asText()).isEqualTo("ops@acme.example");
        });
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
  void aMeterOfWhichNothingIsIncludedIsSoldFromTheFirstUnitOn() {
    shop.billing.work(Shop.tenant(Shop.plan("metered", 0, 0)), RULES);
    assertThat(stripe.all("price").getLast().path("_tiers").toString())
        .isEqualTo(
            "[{\"unit_amount_decimal\":\"0.02\",\"up_to\":\"5000\"},"
                + "{\"unit_amount_decimal\":\"0.01\",\"up_to\":\"inf\"}]");
    assertThat(stripe.all("subscription")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "ops@acme.example, true",
    "first.last+bills@mail.acme-shop.co.uk, true",
    "ask Bob, false",
    "@acme.example, false",
    "a..b@acme.example, false",
    "ops@acme, false",
    "ops@-.example, false",
    "Bob <ops@acme.example>, false"
  })
  void aContactThatIsNoAddressIsNotTheCustomers(String contact, boolean address) {
    var draft = CustomerDraft.of(Shop.tenant(contact));
    assertThat(draft.email()).isEqualTo(address ? contact : null);
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
  void aCustomerIsNotMadeTwiceWhenTheAnswerWasLost() {
    stripe.trouble("POST /v1/customers", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    stripe.trouble("POST /v1/subscriptions", Trouble.NO_ANSWER);
    assertThatThrownBy(shop::work).isInstanceOf(EngineException.class);
    shop.work();
    assertThat(stripe.all("customer")).hasSize(1);
    assertThat(stripe.all("subscription")).hasSize(1);
  }
}

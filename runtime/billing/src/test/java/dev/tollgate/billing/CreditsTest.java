package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import dev.tollgate.billing.work.Billing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Credit that the platform gives. */
class CreditsTest extends BillingScenario {

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
    assertThatThrownBy(() -> grant("welcome", 5_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10.00 USD");
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
  void creditHasAKeyAndTheTenantsCurrency() {
    shop.work();
    assertThatThrownBy(() -> grant(" ", 100)).hasMessageContaining("key");
    assertThatThrownBy(() -> grant("k".repeat(101), 100)).hasMessageContaining("key");
    var account = shop.billing.accounts().of(TENANT).orElseThrow();
    assertThatThrownBy(
            () -> shop.billing.credits().grant(account, "euro", "Welcome", "EUR", 1_000_000, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("USD");
    assertThat(stripe.all("billing.credit_grant")).isEmpty();
  }

  @Test
  void keysAreComparedLetterByLetter() {
    shop.work();
    var keys = List.of("welcome", "Welcome", "welcome ", "wélcome", "привет", "приказ", "🎁");
    var given = keys.stream().map(key -> grant(key, 1_000)).toList();
    assertThat(given).doesNotHaveDuplicates();
    assertThat(stripe.all("billing.credit_grant")).hasSize(keys.size());
    assertThat(keys.stream().map(key -> grant(key, 1_000))).isEqualTo(given);
  }

  @Test
  void creditInATrialIsInTheCurrencyOfThePlan() {
    shop.billing.work(Shop.tenant(), new Billing.Rules(30, 7, List.of(), null));
    var account = shop.billing.accounts().of(TENANT).orElseThrow();
    assertThatThrownBy(
            () -> shop.billing.credits().grant(account, "euro", "Welcome", "EUR", 1_000_000, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("USD");
    grant("dollar", 1_000);
    assertThat(stripe.all("billing.credit_grant")).hasSize(1);
  }

  @Test
  void creditIsAWholeAmountAboveZero() {
    shop.work();
    assertThatThrownBy(() -> grant("none", 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> grant("less", -5)).isInstanceOf(IllegalArgumentException.class);
    assertThat(stripe.all("billing.credit_grant")).isEmpty();
  }
}

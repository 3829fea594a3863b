package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.usage.LateUsage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void whatWasLateIsChargedOnceWhereAReplicaStillTookTheCycleToBeOpen() {
    shop.work();
    var open = shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow();
    shop.use("2026-11-01", 2_000);
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.work();
    assertThat(items(false)).containsExactly(20L);
    var other =
        new LateUsage(
            shop.billing.engine(),
            new BillingStore(() -> shop.databases.platform()),
            shop.billing.intents(),
            shop.clock);
    assertThat(other.close(open)).isFalse();
    shop.work();
    assertThat(items(false)).containsExactly(20L);
  }

  @Test
  void aCycleThatWentByWhileNothingWasBilledIsChargedLate() {
    shop.work();
    stripe.advance(at("2026-12-20T10:00:00Z"));
    shop.use("2026-12-01", 3_000);
    stripe.advance(at("2027-01-03T10:00:00Z"));
    shop.use("2027-01-01", 1_500);
    for (int i = 0; i < 3; i++) {
      shop.work();
    }
    for (var cycle : List.of("2026-11-01", "2026-12-01")) {
      assertThat(shop.billing.accounts().cycle(TENANT, cycle))
          .get()
          .extracting(BilledCycle::state)
          .isEqualTo(BilledCycle.State.CLOSED);
    }
    assertThat(stripe.all("invoiceitem"))
        .singleElement()
        .satisfies(i -> {
          // 2,000 more than is included, at 0.02 cents
          assertThat(i.path("amount").asLong()).isEqualTo(40);
          assertThat(i.path("description").asText())
              .isEqualTo("Late usage of the cycle 2026-12-01: 3000 requests");
        });
    assertThat(metered()).isEqualTo(1_500);
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

  @Test
  void whatComesAfterTheLastInvoiceOfATenantThatIsGoneHasAnInvoiceOfItsOwn() {
    shop.work();
    shop.use("2026-11-01", 2_000);
    shop.work();
    for (var time : List.of("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")) {
      stripe.advance(at(time));
      gone();
    }
    stripe.advance(at("2026-12-01T02:00:00Z"));
    gone();
    assertThat(shop.billing.accounts().cycle(TENANT, "2026-11-01"))
        .get()
        .extracting(BilledCycle::state)
        .isEqualTo(BilledCycle.State.CLOSED);
    shop.use("2026-11-01", 500);
    for (int i = 0; i < 3; i++) {
      gone();
    }
    assertThat(stripe.all("invoice").stream().filter(this::ofItsOwn))
        .singleElement()
        .satisfies(invoice -> {
          assertThat(invoice.path("status").asText()).isEqualTo("open");
          assertThat(invoice.path("_days").asInt()).isEqualTo(7);
          assertThat(invoice.path("_lines").toString())
              .contains("Late usage of the cycle 2026-11-01: 500 requests");
        });
    // 500 more at 0.02 cents
    assertThat(items(false)).containsExactly(10L);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .allSatisfy(finding -> assertThat(finding.drift()).isZero());
  }

  @Test
  void whatComesAfterTheLastInvoiceOfATenantThatPaysNothingAnyMoreHasAnInvoiceOfItsOwn() {
    shop.work();
    shop.use("2026-11-01", 2_000);
    shop.work();
    var free = Shop.tenant(Shop.free("free", "r1"));
    shop.billing.work(free, Shop.RULES);
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.billing.work(free, Shop.RULES);
    shop.use("2026-11-01", 500);
    for (int i = 0; i < 3; i++) {
      shop.billing.work(free, Shop.RULES);
    }
    assertThat(stripe.all("invoice").stream().filter(this::ofItsOwn))
        .singleElement()
        .satisfies(invoice -> {
          assertThat(invoice.path("status").asText()).isEqualTo("open");
          assertThat(invoice.path("_lines").toString())
              .contains("Late usage of the cycle 2026-11-01: 500 requests");
        });
    assertThat(items(false)).containsExactly(10L);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-30T22:00:30Z, true",
    "2026-11-30T22:50:00Z, true",
    "2026-11-30T23:00:30Z, false"
  })
  void whoIsDeletedInTheLastHourOfACycleDoesNotPayForTheNext(String deleted, boolean ends) {
    shop.work();
    for (var time = at(deleted); time.isBefore(at("2026-12-01T00:30:00Z")); ) {
      stripe.advance(time);
      gone();
      time = time.plusSeconds(60);
    }
    assertThat(stripe.all("subscription").getFirst().path("status").asText().equals("canceled"))
        .isEqualTo(ends);
  }

  @Test
  void whoIsMissingForAMomentInTheLastHourOfACycleGoesOn() {
    shop.work();
    stripe.advance(at("2026-11-30T22:50:00Z"));
    gone();
    stripe.advance(at("2026-11-30T22:51:00Z"));
    gone();
    shop.work();
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.work();
    assertThat(stripe.all("subscription"))
        .singleElement()
        .satisfies(s -> assertThat(s.path("status").asText()).isNotEqualTo("canceled"));
  }

  @Test
  void whatComesLateBeforeAnotherSubscriptionIsNotCountedAsItsUsage() {
    shop.work();
    var free = Shop.tenant(Shop.free("free", "r1"));
    shop.billing.work(free, Shop.RULES);
    stripe.advance(at("2026-11-30T23:01:00Z"));
    shop.billing.work(free, Shop.RULES);
    stripe.advance(at("2026-11-30T23:02:00Z"));
    shop.work();
    assertThat(stripe.all("subscription")).hasSize(2);
    shop.use("2026-11-01", 1_500);
    shop.work();
    assertThat(stripe.events())
        .allSatisfy(event ->
            assertThat(event.path("timestamp").asLong())
                .isLessThan(at("2026-11-30T23:00:00Z").getEpochSecond()));
    for (var time : List.of("2026-12-01T02:00:00Z", "2027-01-01T02:00:00Z")) {
      stripe.advance(at(time));
      shop.work();
      shop.work();
    }
    assertThat(Shop.centsOfUsage(stripe)).as("500 more than is included").isEqualTo(10);
  }

  private boolean ofItsOwn(ObjectNode invoice) {
    return invoice.path("metadata").path("tollgate_mark").asText().startsWith("late/");
  }

  private void gone() {
    shop.billing.gone(shop.billing.accounts().of(TENANT).orElseThrow(), Shop.RULES.graceDays());
  }
}

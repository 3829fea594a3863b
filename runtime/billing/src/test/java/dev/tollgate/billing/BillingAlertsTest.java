package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.billing.order.BillingAlerts;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.core.events.Event;
import dev.tollgate.core.events.Outbox;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tenant is told of what it owes. */
class BillingAlertsTest extends BillingScenario {

  /** What the tenant's webhook is told, the oldest first. */
  private List<JsonNode> told() {
    return new Outbox(shop.databases)
        .of(TENANT, 10).reversed().stream().map(d -> json(d.event().payload())).toList();
  }

  private static JsonNode json(String text) {
    try {
      return JsonMapper.builder().build().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theTenantIsToldOnceOfAFailedPaymentOfItsSuspensionAndOfItsEnd() {
    shop.work();
    assertThat(told()).isEmpty();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1).put("total", 900));
    notice("evt_1", invoice);
    stripe.change(invoice, i -> i.put("attempt_count", 2));
    notice("evt_2", invoice);
    shop.work();
    assertThat(told())
        .singleElement()
        .satisfies(e -> {
          assertThat(e.path("type").asText()).isEqualTo("billing.payment_failed");
          assertThat(e.at("/data/tenant").asText()).isEqualTo("acme");
          assertThat(e.at("/data/invoice").asText()).isEqualTo(invoice);
          assertThat(e.at("/data/reason").asText()).isEqualTo("charge-failed");
          assertThat(e.at("/data/owed/amount").asText()).isEqualTo("9.00");
          assertThat(e.at("/data/suspendedFrom").asText()).isEqualTo("2026-11-17T10:00:00Z");
        });
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    shop.work();
    stripe.advance(stripe.now().plus(Duration.ofDays(1)));
    stripe.change(invoice, i -> i.put("status", "paid"));
    notice("evt_3", invoice);
    notice("evt_4", invoice);
    assertThat(told())
        .extracting(e -> e.path("type").asText())
        .containsExactly("billing.payment_failed", "billing.suspended", "billing.resumed");
    assertThat(told().getLast().at("/data/suspendedSince").asText())
        .isEqualTo("2026-11-18T10:00:00Z");
  }

  @Test
  void anInvoiceThatIsOverdueIsToldToo() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    notice("evt_1", invoice);
    assertThat(told()).isEmpty();
    stripe.advance(stripe.now().plus(Duration.ofDays(7)).plusSeconds(1));
    shop.work();
    assertThat(told())
        .singleElement()
        .satisfies(e -> assertThat(e.at("/data/reason").asText()).isEqualTo("overdue"));
  }

  /** Types of what the tenant was alerted about, the latest first. */
  private List<String> alerts() {
    return new BillingAlerts(new BillingStore(shop.databases::platform))
        .of(TENANT, 10).stream().map(Event::type).toList();
  }

  @Test
  void aTenantWithoutAWebhookIsAlertedAndNothingWaitsForDelivery() {
    shop.served = Shop.tenant(Shop.plan("basic", 900, 1_000), null);
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_1", invoice);
    notice("evt_2", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    stripe.change(invoice, i -> i.put("status", "paid"));
    stripe.advance(stripe.now().plus(Duration.ofDays(1)));
    notice("evt_3", invoice);
    assertThat(alerts())
        .containsExactly("billing.resumed", "billing.suspended", "billing.payment_failed");
    assertThat(told()).isEmpty();
  }

  @Test
  void anInvoiceThatIsOwedForMonthsIsToldOnce() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_1", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(2)));
    shop.work();
    assertThat(told()).hasSize(1);
    // the outbox keeps what it told for a time
    new Outbox(shop.databases).forget(stripe.now());
    shop.work();
    assertThat(told()).isEmpty();
    assertThat(alerts()).containsExactly("billing.payment_failed");
  }
}

package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.order.Dunning;
import dev.tollgate.billing.order.Order;
import dev.tollgate.billing.usage.Thresholds;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Invoices as they are now, and what becomes of a tenant that does not pay them. */
class DunningTest extends BillingScenario {

  @Test
  void eventsThatComeTwiceLateAndInAnyOrderEndInTheSameState() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("status", "paid").put("amount_paid", 1));
    notice("evt_paid", invoice);
    notice("evt_finalized", invoice);
    notice("evt_paid", invoice);
    assertThat(shop.billing.orders().of(TENANT))
        .singleElement()
        .extracting(Order::state)
        .isEqualTo(Order.State.PAID);
  }

  @Test
  void whoDoesNotPayIsSuspendedAfterTheDaysOfGraceAndServedAgainOncePaid() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    stripe.change(invoice, i -> i.put("attempt_count", 1));
    notice("evt_failed", invoice);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.PAST_DUE);
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    stripe.change(invoice, i -> i.put("status", "paid"));
    notice("evt_paid", invoice);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.GOOD);
  }

  @Test
  void paymentsThatAreToldOfAtTheSameTimeResumeTheTenant() throws Exception {
    var rules = Shop.rules(new Thresholds.Threshold("requests", 2_000));
    shop.billing.work(Shop.tenant(), rules);
    shop.use("2026-11-01", 4_100);
    shop.billing.work(Shop.tenant(), rules);
    shop.billing.reconcile(Shop.tenant(), rules);
    stripe.advance(stripe.now().plus(Duration.ofDays(15)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    var invoices = stripe.all("invoice").stream().map(i -> i.path("id").asText()).toList();
    assertThat(invoices).hasSize(2);
    invoices.forEach(id -> stripe.change(id, i -> i.put("status", "paid")));
    // when the first event has the account locked, the second one comes and waits for it
    var second = new CompletableFuture<Void>();
    var asked = new AtomicInteger();
    stripe.around(
        () -> {
          if (asked.incrementAndGet() == 2) {
            Thread.startVirtualThread(() -> {
              notice("evt_2", invoices.getLast());
              second.complete(null);
            });
            await(second);
          }
        },
        () -> {});
    notice("evt_1", invoices.getFirst());
    second.get(10, TimeUnit.SECONDS);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.GOOD);
  }

  /** Waits for what may be kept from its end by who waits. */
  private static void await(CompletableFuture<Void> other) {
    try {
      other.get(1, TimeUnit.SECONDS);
    } catch (TimeoutException waits) {
      assertThat(other).isNotDone();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anEventOfWhatIsNotThereAnyMoreIsTaken() {
    shop.work();
    notice("evt_1", "in_gone");
    notice("evt_2", new Notice.Subject.Refund("re_gone"));
    notice("evt_3", new Notice.Subject.Dispute("dp_gone"));
    notice("evt_4", new Notice.Subject.Charge("ch_gone"));
    notice("evt_5", new Notice.Subject.Checkout("cs_gone"));
    assertThat(shop.billing.orders().of(TENANT)).isEmpty();
  }

  @Test
  void anInvoiceThatNoEventToldOfIsSeenByReconciliation() {
    shop.work();
    shop.billing.reconcile(Shop.tenant(), RULES);
    assertThat(shop.billing.orders().of(TENANT)).hasSize(1);
  }

  @Test
  void anOldInvoiceThatWasPaidAfterAllIsSeenWithoutAnEvent() {
    shop.work();
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    notice("evt_1", invoice);
    stripe.advance(stripe.now().plus(Duration.ofDays(40)));
    shop.work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    stripe.change(invoice, i -> i.put("status", "paid"));
    shop.billing.reconcile(Shop.tenant(), RULES);
    shop.work();
    assertThat(shop.billing.orders().of(TENANT))
        .filteredOn(order -> order.id().equals(invoice))
        .extracting(Order::state)
        .containsExactly(Order.State.PAID);
  }
}

package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.order.Order;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.core.events.Outbox;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What becomes of a tenant's invoices at Stripe, and of what it left at checkouts; Stripe tells of
 * each change, but of refunds and disputes only now and then. At the end the store must say the
 * same as Stripe.
 */
final class Payments {

  private static final long MILLIONTHS = 1_000_000;

  private final FakeStripe stripe;
  private final Requests requests;
  private final Set<String> told = new HashSet<>();
  private String charge = "";
  private String refund = "";
  private String dispute = "";
  private String method = "";

  Payments(FakeStripe stripe, Requests requests) {
    this.stripe = stripe;
    this.requests = requests;
  }

  /** Stripe tells of invoices that it has not told of. */
  void invoices() {
    for (var invoice : stripe.all("invoice")) {
      if (told.add(invoice.path("id").asText())) {
        requests.event("invoice.created", invoice);
      }
    }
  }

  /** The tenant leaves a payment method at the page that it asked for last, unless it did. */
  void leaveMethod() {
    var pages = stripe.all("checkout.session");
    if (!pages.isEmpty() && pages.getLast().path("status").asText().equals("open")) {
      method = stripe.complete(pages.getLast().path("id").asText());
      requests.event("checkout.session.completed", pages.getLast());
    }
  }

  /** The first invoice cannot be collected. */
  void fail() {
    var invoice = stripe.all("invoice").getFirst();
    stripe.change(invoice.path("id").asText(), i -> i.put("attempt_count", 1));
    requests.event("invoice.payment_failed", invoice);
  }

  /** Something that was paid is given back, and disputed; neither is decided. */
  void dispute() {
    var customer = stripe.all("customer").getFirst().path("id").asText();
    charge =
        stripe.put("charge", "ch", Map.of("customer", customer, "amount", 900, "currency", "usd"));
    refund = of("refund", "re", 500, "pending");
    dispute = of("dispute", "dp", 400, "needs_response");
    requests.eventOrNone("charge.refunded", one("charge", charge));
    requests.eventOrNone("refund.created", one("refund", refund));
    requests.eventOrNone("charge.dispute.created", one("dispute", dispute));
  }

  private String of(String kind, String prefix, long cents, String status) {
    return stripe.put(
        kind,
        prefix,
        Map.of("charge", charge, "amount", cents, "currency", "usd", "status", status));
  }

  private ObjectNode one(String kind, String id) {
    return stripe.all(kind).stream()
        .filter(o -> o.path("id").asText().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** All invoices are paid, the refund arrives and the dispute is won. */
  void settle() {
    for (var invoice : stripe.all("invoice")) {
      if (invoice.path("status").asText().equals("open")) {
        stripe.change(
            invoice.path("id").asText(),
            i -> i.put("status", "paid").put("amount_paid", i.path("total").asLong()));
        requests.event("invoice.paid", invoice);
      }
    }
    stripe.change(refund, r -> r.put("status", "succeeded"));
    requests.eventOrNone("refund.updated", one("refund", refund));
    stripe.change(dispute, d -> d.put("status", "won"));
    requests.eventOrNone("charge.dispute.closed", one("dispute", dispute));
  }

  /** Compares the store with Stripe. */
  void check(String seed, Shop shop) {
    var orders = shop.billing.orders();
    assertThat(orders.of(Shop.TENANT))
        .as(seed + ", Stripe's last word on each invoice")
        .allSatisfy(order -> {
          var invoice = one("invoice", order.id());
          assertThat(order.state()).isEqualTo(state(invoice));
          assertThat(order.total()).isEqualTo(invoice.path("total").asLong() * MILLIONTHS);
          assertThat(order.paid()).isEqualTo(invoice.path("amount_paid").asLong() * MILLIONTHS);
        });
    assertThat(orders.adjustments(Shop.TENANT))
        .as(seed + ", each refund and dispute once")
        .containsExactlyInAnyOrder(
            new Adjustment(refund, "refund", "", "succeeded", "USD", 500 * MILLIONTHS, "", null),
            new Adjustment(dispute, "dispute", "", "won", "USD", 400 * MILLIONTHS, "", null));
    assertThat(new Outbox(shop.databases).of(Shop.TENANT, 100))
        .as(seed + ", told once of the suspension and of its end")
        .extracting(told -> told.event().type())
        .containsOnlyOnce("billing.suspended", "billing.resumed");
    var account = shop.billing.accounts().of(Shop.TENANT).orElseThrow();
    assertThat(List.of(account.paymentMethod(), account.chargedMethod()))
        .as(seed + ", what was left last is charged")
        .containsOnly(method);
    assertThat(stripe.all("subscription").getFirst().path("default_payment_method").asText())
        .as(seed)
        .isEqualTo(method);
    credits(seed, shop);
  }

  private static Order.State state(ObjectNode invoice) {
    var status = invoice.path("status").asText();
    return status.equals("open") && invoice.path("attempt_count").asLong() > 0
        ? Order.State.FAILED
        : Order.State.valueOf(status.toUpperCase(Locale.ROOT));
  }

  /** Every credit that was noted is there once, and no other; what was asked until it was given. */
  private void credits(String seed, Shop shop) {
    var noted = shop.billing.intents().of(Shop.TENANT, "credit/");
    assertThat(stripe.all("billing.credit_grant"))
        .as(seed + ", credits")
        .extracting(
            grant -> grant.path("metadata").path("tollgate_mark").asText(),
            grant -> grant.path("id").asText())
        .containsExactlyInAnyOrderElementsOf(
            noted.stream()
                .map(
                    intent -> org.assertj.core.groups.Tuple.tuple(intent.id(), intent.externalId()))
                .toList());
    assertThat(noted).as(seed).allMatch(Intent::done);
    assertThat(noted).as(seed).extracting(Intent::id).contains("credit/welcome");
  }
}

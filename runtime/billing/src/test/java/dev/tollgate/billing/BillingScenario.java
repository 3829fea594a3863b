package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.store.Databases;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A platform with a tenant, a database and Stripe, on a morning in November. */
abstract class BillingScenario {

  FakeStripe stripe;
  Shop shop;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
    shop = new Shop(databases(directory), stripe.base(), stripe::now, source -> source);
  }

  /** Databases without anything in them. */
  Databases databases(Path directory) throws Exception {
    return Databases.embedded(directory);
  }

  @AfterEach
  void close() {
    shop.close();
    stripe.close();
  }

  long metered() {
    return stripe.events().stream().mapToLong(e -> e.path("payload").path("value").asLong()).sum();
  }

  /** Units that the finished invoices of cycles and late items stand for. */
  static long lines(ObjectNode invoice) {
    long sum = 0;
    for (var line : invoice.path("_lines")) {
      if (line.has("pricing") && line.path("description").asText().equals("tier")) {
        sum += line.path("quantity").asLong();
      }
    }
    return sum;
  }

  List<Long> items(boolean prorations) {
    return stripe.all("invoiceitem").stream()
        .filter(i -> i.path("proration").asBoolean() == prorations)
        .map(i -> i.path("amount").asLong())
        .toList();
  }

  /** The cycle of November, once it is closed. */
  ObjectNode november(Billing.Rules rules) {
    var pro = Shop.tenant(Shop.plan("pro", 4_900, 500));
    stripe.advance(at("2026-12-01T02:00:00Z"));
    shop.billing.work(pro, rules);
    shop.billing.work(pro, rules);
    var cycle = shop.billing.accounts().cycle(TENANT, "2026-11-01").orElseThrow();
    assertThat(cycle.state()).isEqualTo(BilledCycle.State.CLOSED);
    assertThat(cycle.terms().plan()).isEqualTo("pro");
    return stripe.all("invoice").stream()
        .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
        .toList()
        .getFirst();
  }

  void notice(String event, String invoice) {
    shop.billing
        .notices()
        .take(
            new Notice(event, "invoice.updated", new Notice.Subject.Invoice(invoice)),
            RULES.graceDays());
  }

  void notice(String event, Notice.Subject subject) {
    shop.billing.notices().take(new Notice(event, "", subject), RULES.graceDays());
  }

  String customer() {
    return stripe.all("customer").getFirst().path("id").asText();
  }

  String charge(String customer) {
    return stripe.put(
        "charge",
        "ch",
        Map.of(
            "customer", customer, "amount", 900, "currency", "usd", "payment_intent", "pi_first"));
  }
}

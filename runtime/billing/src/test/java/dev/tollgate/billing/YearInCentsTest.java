package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.order.Dunning;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.price.Statement;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.TenantView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A year of a tenant whose every invoice is computed here by hand: steps of overage, another plan
 * within a month, credit, late usage, an invoice that is owed, a refund, and a new price.
 */
class YearInCentsTest extends BillingScenario {

  private static final Billing.Rules RULES =
      new Billing.Rules(0, 7, List.of(), Proration.NEXT_INVOICE);

  /** 9 dollars with 1,000 requests. */
  private static final PlanView BASIC = Shop.plan("basic", 900, 1_000);

  /** 49 dollars with 500 requests. */
  private static final PlanView PRO = Shop.plan("pro", 4_900, 500);

  /** The same, for 59 dollars. */
  private static final PlanView DEARER = Shop.plan("pro", "r2", 5_900, 500);

  private TenantView tenant = Shop.tenant(BASIC);
  private final List<Long> previewed = new ArrayList<>();

  @Test
  void everyInvoiceOfAYearIsWhatItComesToByHand() {
    work();
    month("2026-11-01", 700);
    month("2026-12-01", 1_000);
    month("2027-01-01", 1_001);
    month("2027-02-01", 6_000);
    month("2027-03-01", 8_765);

    // half of April is left, and half a month of each fee: 450 back, 2,450 for it
    stripe.advance(at("2027-04-10T10:00:00Z"));
    use("2027-04-01", 3_000);
    stripe.advance(at("2027-04-15T23:00:00Z"));
    become(PRO);
    month("2027-04-01", 2_500);

    var credit =
        shop.billing
            .credits()
            .grant(
                shop.billing.accounts().of(TENANT).orElseThrow(),
                "sorry",
                "Sorry",
                "USD",
                1_000 * Rounding.MINOR,
                null);
    month("2027-05-01", 6_734);

    // 300 units of May come when its invoice is sent: they go on June's
    use("2027-05-01", 300);
    month("2027-06-01", 5_500);

    owe(cycles().getLast());
    month("2027-07-01", 5_501);
    refund();
    month("2027-08-01", 499);

    // another price holds from the next cycle on
    become(DEARER);
    month("2027-09-01", 25_500);
    month("2027-10-01", 0);

    assertThat(cycles())
        .extracting(invoice -> invoice.path("total").asLong())
        .containsExactly(
            0L + 900, // November: within what is included, and December's fee
            0L + 900, // to the last unit of it
            0L + 900, // one unit is 0.02 cents
            100L + 900, // 5,000 units of 0.02
            100L + 28 + 900, // and 2,765 of 0.01
            40L + 40 - 450 + 2_450 + 4_900, // 2,000 beyond each of both plans
            100L + 12 + 4_900, // 5,000, and 1,234 of 0.01
            100L + 3 + 4_900, // 5,000, and 300 of May
            100L + 0 + 4_900, // 5,000, and one
            0L + 4_900, // September has begun when the price changes
            100L + 200 + 5_900, // 5,000, and 20,000 of 0.01; October's fee is the new one
            0L + 5_900);
    assertThat(previewed)
        .as("what the tenant was shown before each cycle's end: its usage, and its own fee")
        .containsExactly(
            0L,
            0L,
            0L,
            100L,
            128L,
            // 359 of 720 hours: summer time has moved the month, and not the subscription's period
            40L + 40 - 449 + 2_443,
            112L,
            100L,
            100L,
            0L,
            300L,
            0L);
    assertThat(stripe.all("billing.credit_grant"))
        .singleElement()
        .satisfies(g -> {
          assertThat(g.path("id").asText()).isEqualTo(credit);
          assertThat(g.at("/amount/monetary/value").asText()).isEqualTo("1000");
        });
    assertThat(shop.billing.orders().adjustments(TENANT))
        .singleElement()
        .satisfies(a -> assertThat(a.amount()).isEqualTo(500 * Rounding.MINOR));
    assertThat(shop.billing.orders().of(TENANT))
        .as("one order an invoice: the first, and one a cycle")
        .hasSize(13);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .allSatisfy(finding -> assertThat(finding.drift()).isZero());
  }

  /** The rest of a cycle, with what is used in it, until its invoice is sent. */
  private void month(String cycle, long units) {
    pay();
    var ends = Cycle.end(cycle, Shop.ZONE);
    var middle = ends.minus(Duration.ofDays(8));
    if (stripe.now().isBefore(middle)) {
      stripe.advance(middle);
    }
    use(cycle, units);
    var billed = shop.billing.accounts().cycle(TENANT, cycle).orElseThrow();
    preview(billed);
    stripe.advance(ends.plus(Duration.ofHours(4)));
    work();
    work();
    assertThat(shop.billing.accounts().cycle(TENANT, cycle).orElseThrow().state())
        .isEqualTo(BilledCycle.State.CLOSED);
    shop.billing.reconcile(tenant, RULES);
  }

  private void use(String cycle, long units) {
    if (units > 0) {
      shop.use(cycle, tenant.plan().name(), tenant.plan().revision(), units);
    }
    work();
    work();
  }

  /** What the cycle comes to, less its first fee, in cents. */
  private void preview(BilledCycle cycle) {
    var account = shop.billing.accounts().of(TENANT).orElseThrow();
    var used = shop.billing.ledger().of(tenant.shard(), TENANT, cycle.cycle());
    var statement =
        Statement.of(cycle.period(account.subscribedAt(), Rounding.MINOR), cycle.sold(used));
    previewed.add((statement.total() - statement.lines().getFirst().amount()) / Rounding.MINOR);
  }

  private void become(PlanView plan) {
    tenant = Shop.tenant(plan);
    shop.served = tenant;
    work();
    work();
  }

  private void work() {
    shop.billing.work(tenant, RULES);
  }

  /** An invoice cannot be collected, and is paid when its tenant has been suspended. */
  private void owe(ObjectNode invoice) {
    var id = invoice.path("id").asText();
    stripe.change(id, i -> i.put("attempt_count", 1));
    notice("evt_failed", id);
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.PAST_DUE);
    stripe.advance(stripe.now().plus(Duration.ofDays(8)));
    work();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.SUSPENDED);
    pay();
    assertThat(shop.billing.dunning().standing(TENANT)).isEqualTo(Dunning.Standing.GOOD);
  }

  private void pay() {
    for (var invoice : stripe.all("invoice")) {
      if (invoice.path("status").asText().equals("open")) {
        var id = invoice.path("id").asText();
        stripe.change(
            id, i -> i.put("status", "paid").put("amount_paid", i.path("total").asLong()));
        notice("evt_paid_" + id, id);
      }
    }
  }

  private void refund() {
    var charge = charge(customer());
    stripe.put(
        "refund",
        "re",
        Map.of("charge", charge, "amount", 500, "currency", "usd", "status", "succeeded"));
    notice("evt_refund", new Notice.Subject.Charge(charge));
  }

  /** Invoices of cycles, the first first. */
  private List<ObjectNode> cycles() {
    return stripe.all("invoice").stream()
        .filter(i -> i.path("billing_reason").asText().equals("subscription_cycle"))
        .toList();
  }
}

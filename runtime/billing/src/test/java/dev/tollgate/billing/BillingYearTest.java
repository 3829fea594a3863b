package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.TierView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Years of a tenant that changes its plan and its zone, whose plans get other prices, whose usage
 * comes late, and for which nobody works for weeks: every unit is on an invoice, once.
 */
class BillingYearTest {

  private static final int SEEDS = Integer.getInteger("year.seeds", 2);
  private static final List<String> ZONES =
      List.of(
          "Europe/Berlin",
          "America/St_Johns",
          "Asia/Tokyo",
          "UTC",
          "America/Los_Angeles",
          "Australia/Lord_Howe");

  /** Null is what holds from the next cycle on. */
  private static final List<Proration> CHANGES =
      Arrays.asList(Proration.NEXT_INVOICE, null, Proration.NONE);

  private static final Instant LAST = at("2027-11-10T00:00:00Z");

  /** When all invoices of what was used before are sent. */
  private static final Instant END = at("2028-01-20T00:00:00Z");

  @TempDir Path directory;
  private FakeStripe stripe;
  private Shop shop;
  private Random random;
  private int plan;
  private int revision;
  private ZoneId zone;
  private Instant idleUntil;
  private final Map<String, Long> used = new TreeMap<>();

  @Test
  void everyUnitIsOnAnInvoiceOnce() throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      random = new Random(seed);
      var starts = at("2026-11-03T10:00:00Z").plus(Duration.ofHours(random.nextInt(24 * 27)));
      stripe = new FakeStripe(starts);
      try (var opened = new Shop(directory.resolve("s" + seed), stripe.base(), stripe::now)) {
        shop = opened;
        year("seed " + seed);
      } finally {
        stripe.close();
      }
    }
  }

  private void year(String what) {
    plan = 0;
    revision = 1;
    used.clear();
    zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    idleUntil = stripe.now();
    var rules = new Billing.Rules(0, 7, List.of(), CHANGES.get(random.nextInt(CHANGES.size())));
    for (var now = stripe.now();
        now.isBefore(END);
        now = now.plus(Duration.ofMinutes(20 + random.nextInt(16 * 60)))) {
      stripe.advance(now);
      if (now.isBefore(LAST)) {
        somethingHappens(now);
      }
      if (!now.isBefore(idleUntil)) {
        var tenant = Shop.tenantIn(plan(), zone);
        shop.served = tenant;
        shop.billing.work(tenant, rules);
        if (random.nextInt(3) == 0) {
          shop.billing.reconcile(tenant, rules);
        }
      }
    }
    assertThat(charged())
        .as("%s, %s: %s", what, rules, used)
        .isEqualTo(used.values().stream().mapToLong(units -> units).sum());
    assertThat(shop.billing.accounts().cycles(TENANT, Instant.EPOCH))
        .filteredOn(cycle -> cycle.ends().isBefore(END.minus(Duration.ofDays(2))))
        .allSatisfy(cycle -> assertThat(cycle.state()).isEqualTo(BilledCycle.State.CLOSED));
    assertThat(shop.billing.reconciliation().findings(Instant.EPOCH))
        .allSatisfy(finding -> assertThat(finding.drift()).isZero());
  }

  private void somethingHappens(Instant now) {
    if (random.nextInt(30) == 0) {
      plan = random.nextInt(3);
    }
    if (random.nextInt(60) == 0) {
      revision++;
    }
    if (random.nextInt(150) == 0) {
      zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    }
    if (random.nextInt(60) == 0) {
      idleUntil = now.plus(Duration.ofHours(random.nextInt(24 * 10)));
    }
    var cycle = Cycle.at(now.toEpochMilli(), zone);
    if (random.nextInt(3) > 0) {
      use(cycle, 1 + random.nextInt(50));
    }
    var last = LocalDate.parse(cycle).minusMonths(1).toString();
    var day = now.atZone(zone).getDayOfMonth();
    if (random.nextInt(25) == 0 && used.containsKey(last) && day < 15) {
      use(last, 1 + random.nextInt(9));
    }
  }

  private void use(String cycle, long units) {
    shop.use(cycle, plan().name(), plan().revision(), units);
    used.merge(cycle, units, Long::sum);
  }

  /** Nothing is included, and a unit is a whole number of cents: no line is zero. */
  private PlanView plan() {
    var price = 1_000_000L * (1 + plan + revision % 3);
    var tiers = List.of(new TierView(Long.MAX_VALUE, price));
    return Shop.plan(
        "plan-" + plan,
        "r" + revision,
        1_000L * (1 + plan),
        Map.of("requests", new MeterView("requests", 0, OverageMode.Bill, tiers, List.of())));
  }

  /** Units on the lines of invoices, and those that items name. */
  private long charged() {
    long units = 0;
    for (var invoice : stripe.all("invoice")) {
      units += BillingScenario.lines(invoice);
    }
    for (var item : stripe.all("invoiceitem")) {
      if (!item.path("proration").asBoolean()) {
        var words = item.path("description").asText().replaceAll(".*: (-?[0-9]+) .*", "$1");
        units += Long.parseLong(words);
      }
    }
    return units;
  }
}

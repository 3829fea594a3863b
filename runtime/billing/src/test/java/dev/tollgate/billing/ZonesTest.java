package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.core.metering.Cycle;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Months that end at another moment here than at Stripe. */
class ZonesTest extends BillingScenario {

  private static final Duration STEP = Duration.ofHours(11);

  /** Invoices of cycles, and what comes late. */
  private long charged() {
    long units = 0;
    for (var invoice : stripe.all("invoice")) {
      units += lines(invoice);
    }
    for (var item : stripe.all("invoiceitem")) {
      units +=
          Long.parseLong(item.path("description").asText().replaceAll(".*: (-?[0-9]+) .*", "$1"));
    }
    return units;
  }

  @ParameterizedTest
  @CsvSource({
    "Asia/Tokyo, America/Los_Angeles",
    "America/Los_Angeles, Asia/Tokyo",
    "UTC, Europe/Berlin",
    "Europe/Berlin, UTC",
    "Pacific/Kiritimati, Etc/GMT+12"
  })
  void aCycleIsClosedAndChargedOnceAlsoAfterTheZoneChanged(String before, String after) {
    var cycles = List.of("2026-11-01", "2026-12-01", "2027-01-01");
    var moves = at("2026-11-20T00:00:00Z");
    var stops = at("2027-01-25T00:00:00Z");
    for (var now = stripe.now(); now.isBefore(at("2027-02-04T00:00:00Z")); now = now.plus(STEP)) {
      stripe.advance(now);
      var zone = ZoneId.of(now.isAfter(moves) ? after : before);
      if (now.isBefore(stops)) {
        shop.use(Cycle.at(now.toEpochMilli(), zone), 100);
      }
      shop.billing.work(Shop.tenant(zone), RULES);
      shop.billing.reconcile(Shop.tenant(zone), RULES);
    }
    long used = 0;
    for (var cycle : cycles) {
      assertThat(shop.billing.accounts().cycle(TENANT, cycle))
          .get()
          .extracting(BilledCycle::state)
          .as(cycle)
          .isEqualTo(BilledCycle.State.CLOSED);
      used += shop.billing.ledger().of("default-0", TENANT, cycle).getOrDefault("requests", 0L);
    }
    assertThat(charged()).isEqualTo(used);
    assertThat(shop.billing.reconciliation().findings(at("2026-11-01T00:00:00Z")))
        .allSatisfy(finding -> assertThat(finding.drift()).isZero());
  }

  /** At half past midnight, or half an hour before it, of a month in Berlin. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-10T10:00:00Z, 2027-06-30T22:30:00Z",
    "2027-06-10T10:00:00Z, 2027-12-31T22:30:00Z"
  })
  void anotherPriceHoldsFromTheSameCycleOnHereAndAtStripe(Instant begins, Instant changes) {
    stripe.advance(begins);
    var old = Shop.tenant(Shop.plan("basic", "r1", 900, 1_000));
    var dearer = Shop.tenant(Shop.plan("basic", "r2", 1_900, 1_000));
    var days = Duration.ofDays(3);
    for (var now = begins; now.isBefore(changes); now = now.plus(days)) {
      stripe.advance(now);
      shop.billing.work(old, RULES);
    }
    for (var minutes : List.of(-60, -31, 0, 20, 45, 100)) {
      stripe.advance(changes.plus(Duration.ofMinutes(minutes)));
      shop.billing.work(minutes < 0 ? old : dearer, RULES);
    }
    for (int day = 5; day < 70; day += 10) {
      var now = changes.plus(Duration.ofDays(day));
      stripe.advance(now);
      shop.billing.work(dearer, RULES);
      var here =
          shop.billing
              .accounts()
              .cycle(TENANT, Cycle.at(now.toEpochMilli(), Shop.ZONE))
              .orElseThrow();
      assertThat(fee()).as("on %s", now).isEqualTo(here.terms().fee());
    }
    assertThat(fee()).isEqualTo(1_900_000_000L);
  }

  /** What Stripe's subscription costs a month, in millionths of a cent. */
  private long fee() {
    for (var item : stripe.all("subscription").getFirst().path("items").path("data")) {
      if (item.has("quantity")) {
        return item.path("price").path("unit_amount_decimal").asLong() * 1_000_000;
      }
    }
    return 0;
  }
}

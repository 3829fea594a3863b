package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.MeterTerms;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.price.Statement;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.crd.view.TierView;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Prices against BigDecimal. */
class PriceProperties {

  private static MeterTerms meter(long included, List<Long> steps, List<Long> prices) {
    var tiers = new java.util.ArrayList<TierView>();
    long upTo = 0;
    for (int i = 0; i < prices.size(); i++) {
      upTo = i == prices.size() - 1 ? Long.MAX_VALUE : upTo + steps.get(i);
      tiers.add(new TierView(upTo, prices.get(i)));
    }
    return new MeterTerms("requests", included, tiers);
  }

  @Property
  void aCostIsTheSumOverTheTiers(
      @ForAll @LongRange(max = 1_000_000) long units,
      @ForAll @LongRange(max = 100_000) long included,
      @ForAll @Size(4) List<@LongRange(min = 1, max = 200_000) Long> steps,
      @ForAll @Size(min = 1, max = 4) List<@LongRange(max = 5_000_000_000L) Long> prices) {
    var meter = meter(included, steps, prices);
    var expected = BigDecimal.ZERO;
    var from = BigDecimal.ZERO;
    var beyond = BigDecimal.valueOf(units - included).max(BigDecimal.ZERO);
    for (var tier : meter.tiers()) {
      var upTo = BigDecimal.valueOf(tier.upTo());
      var inTier = beyond.min(upTo).subtract(from).max(BigDecimal.ZERO);
      expected = expected.add(inTier.multiply(BigDecimal.valueOf(tier.unitPrice())));
      from = upTo;
    }
    assertThat(BigDecimal.valueOf(meter.cost(units))).isEqualByComparingTo(expected);
  }

  @Property
  void moreUnitsNeverCostLess(
      @ForAll @LongRange(max = 1_000_000) long units,
      @ForAll @LongRange(max = 1_000) long more,
      @ForAll @Size(4) List<@LongRange(min = 1, max = 200_000) Long> steps,
      @ForAll @Size(min = 1, max = 4) List<@LongRange(max = 5_000_000_000L) Long> prices) {
    var meter = meter(10, steps, prices);
    assertThat(meter.cost(units + more)).isGreaterThanOrEqualTo(meter.cost(units));
  }

  @Property
  void aLineIsRoundedHalfEven(
      @ForAll @LongRange(min = -1_000_000_000_000_000L, max = 1_000_000_000_000_000L) long amount,
      @ForAll @IntRange(min = 0, max = 2) int step) {
    long size = new long[] {1_000_000, 10_000_000, 100_000_000}[step];
    var expected =
        BigDecimal.valueOf(amount)
            .divide(BigDecimal.valueOf(size), 0, RoundingMode.HALF_EVEN)
            .multiply(BigDecimal.valueOf(size));
    assertThat(BigDecimal.valueOf(Rounding.line(amount, size))).isEqualByComparingTo(expected);
  }

  @Property
  void ties(@ForAll @LongRange(min = -1_000_000, max = 1_000_000) long minor) {
    long tie = minor * 1_000_000 + 500_000;
    assertThat(Rounding.line(tie, Rounding.MINOR) / 1_000_000 % 2).isZero();
  }

  @Property
  void aForecastAtTheEndIsWhatWasUsed(@ForAll @LongRange(max = Long.MAX_VALUE / 2) long units) {
    var terms =
        new Terms(
            "basic",
            "Basic",
            "USD",
            900_000_000,
            List.of(new MeterTerms("requests", 0, List.of(new TierView(Long.MAX_VALUE, 1)))));
    var starts = Instant.parse("2026-11-01T00:00:00Z");
    var ends = Instant.parse("2026-12-01T00:00:00Z");
    var used = Map.of("requests", Math.min(units, 1_000_000_000_000L));
    var period = new Statement.Period(terms, History.NONE, starts, ends, starts, Rounding.MINOR);
    assertThat(Statement.forecast(period, used, ends)).isEqualTo(Statement.of(period, used));
  }

  @Example
  void theFirstFeeIsForTheRestOfItsCycle() {
    var statement = Statement.of(kuwait(Instant.parse("2026-11-16T00:00:00Z")), Map.of());
    assertThat(statement.lines())
        .extracting(Statement.Line::amount)
        .containsExactly(1_500_000_000L, 0L);
    assertThat(Statement.of(kuwait(Instant.parse("2026-10-16T00:00:00Z")), Map.of()).total())
        .as("a later one is whole")
        .isEqualTo(3_000_000_000L);
  }

  @Example
  void aForecastGoesOnAsSinceTheSubscription() {
    var used = Map.of("requests", 100L);
    var now = Instant.parse("2026-11-26T00:00:00Z");
    // subscribed on the 21st: 100 in five days are 200 in ten
    var forecast = Statement.forecast(kuwait(Instant.parse("2026-11-21T00:00:00Z")), used, now);
    assertThat(forecast.lines().getLast().quantity()).isEqualTo(200);
    var older = Statement.forecast(kuwait(Instant.parse("2026-10-21T00:00:00Z")), used, now);
    assertThat(older.lines().getLast().quantity()).isEqualTo(120);
  }

  @Example
  void aLineIsWhatItsCurrencyCanBeCollectedIn() {
    var statement = Statement.of(kuwait(Instant.EPOCH), Map.of("requests", 3L));
    assertThat(statement.lines().getLast().amount()).as("16.5 fils").isEqualTo(20_000_000L);
  }

  /** A plan for 3 dinars, with 5.5 fils a request, which are collected in tens of fils. */
  private static Statement.Period kuwait(Instant subscribed) {
    var price = new MeterTerms("requests", 0, List.of(new TierView(Long.MAX_VALUE, 5_500_000)));
    return new Statement.Period(
        new Terms("dinar", "Dinar", "KWD", 3_000_000_000L, List.of(price)),
        History.NONE,
        Instant.parse("2026-11-01T00:00:00Z"),
        Instant.parse("2026-12-01T00:00:00Z"),
        subscribed,
        10 * Rounding.MINOR);
  }
}

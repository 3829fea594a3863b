package dev.tollgate.billing.price;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a cycle comes to: the fee and a line for each meter that is sold, without tax.
 *
 * @param total the sum of the lines, in millionths of the minor unit
 */
public record Statement(String currency, List<Line> lines, long total) {

  /**
   * One line.
   *
   * @param item {@code fee}, or the name of a meter
   * @param quantity units in all, 1 for the fee
   * @param included units of them that cost nothing
   * @param amount in millionths of the minor unit; rounded half-even to what can be collected
   */
  public record Line(String item, long quantity, long included, long amount) {}

  public Statement {
    lines = List.copyOf(lines);
  }

  /**
   * What is billed: a cycle from its start to its end, and the terms that hold and held in it.
   *
   * @param charged from when on there is a fee; within the cycle when it was subscribed in it
   * @param step smallest amount that can be collected, in millionths of the minor unit
   */
  public record Period(
      Terms terms, History history, Instant starts, Instant ends, Instant charged, long step) {}

  /**
   * @param used units by meter that are sold
   */
  public static Statement of(Period period, Map<String, Long> used) {
    var terms = period.terms();
    List<Line> lines = new ArrayList<>();
    fees(period, lines);
    var meters = new TreeSet<String>();
    period.history().past().forEach(p -> p.terms().billed().forEach(m -> meters.add(m.meter())));
    terms.billed().forEach(m -> meters.add(m.meter()));
    for (var meter : meters) {
      var parts = period.history().parts(terms, meter, used.getOrDefault(meter, 0L));
      for (var part : parts) {
        lines.add(line(period, part.terms(), part.units()));
      }
      if (parts.isEmpty()) {
        terms.billed(meter).ifPresent(m -> lines.add(line(period, m, 0)));
      }
    }
    long total = 0;
    for (var line : lines) {
      total = Math.addExact(total, line.amount());
    }
    return new Statement(terms.currency(), lines, total);
  }

  private static Line line(Period period, MeterTerms meter, long units) {
    return new Line(
        meter.meter(), units, meter.included(), Rounding.line(meter.cost(units), period.step()));
  }

  /** The fee of the terms that were first, and the differences for the time after each change. */
  private static void fees(Period period, List<Line> lines) {
    var past = period.history().past();
    var first = past.isEmpty() ? period.terms() : past.getFirst().terms();
    lines.add(new Line("fee", 1, 0, rest(period, first.fee(), period.charged())));
    for (int i = 0; i < past.size(); i++) {
      var before = past.get(i);
      var after = i + 1 < past.size() ? past.get(i + 1).terms() : period.terms();
      if (before.prorated() && before.terms().fee() != after.fee()) {
        long amount =
            Math.subtractExact(
                rest(period, after.fee(), before.until()),
                rest(period, before.terms().fee(), before.until()));
        lines.add(new Line("fee", 1, 0, amount));
      }
    }
  }

  /** What is left of a fee when a part of the period is over; all of it before the period. */
  private static long rest(Period period, long fee, Instant from) {
    var whole = Duration.between(period.starts(), period.ends()).toSeconds();
    var left = Math.clamp(Duration.between(from, period.ends()).toSeconds(), 0, whole);
    return Rounding.line(
        BigDecimal.valueOf(fee)
            .multiply(BigDecimal.valueOf(left))
            .divide(BigDecimal.valueOf(whole), RoundingMode.HALF_EVEN)
            .longValueExact(),
        period.step());
  }

  private static final long LEAST = Duration.ofMinutes(1).toMillis();

  /**
   * What a cycle comes to at its end when usage goes on as until now, since it is charged; units
   * rounded up.
   *
   * @param now within the cycle
   */
  public static Statement forecast(Period period, Map<String, Long> used, Instant now) {
    var from = period.charged().isAfter(period.starts()) ? period.charged() : period.starts();
    var whole = Math.max(1, Duration.between(from, period.ends()).toMillis());
    // what was used in the first minute says nothing of a month
    var gone = Math.min(whole, Math.max(LEAST, Duration.between(from, now).toMillis()));
    Map<String, Long> expected = new java.util.HashMap<>();
    used.forEach((meter, units) -> expected.put(meter, scale(units, whole, gone)));
    return of(period, expected);
  }

  /** {@code units × whole / gone}, rounded up; a remainder times a month of milliseconds fits. */
  private static long scale(long units, long whole, long gone) {
    var parts = Math.multiplyExact(units / gone, whole);
    return Math.addExact(parts, Math.ceilDiv(Math.multiplyExact(units % gone, whole), gone));
  }
}

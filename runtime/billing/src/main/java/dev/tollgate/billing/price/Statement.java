package dev.tollgate.billing.price;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a cycle comes to: the fee and a line for each meter that is sold, without tax.
 *
 * @param total the sum of the lines, in millionths of the minor unit; whole minor units
 */
public record Statement(String currency, List<Line> lines, long total) {

  /**
   * One line.
   *
   * @param item {@code fee}, or the name of a meter
   * @param quantity units in all, 1 for the fee
   * @param included units of them that cost nothing
   * @param amount in millionths of the minor unit; rounded half-even to whole minor units
   */
  public record Line(String item, long quantity, long included, long amount) {}

  public Statement {
    lines = List.copyOf(lines);
  }

  /**
   * @param used units by meter
   */
  public static Statement of(Terms terms, Map<String, Long> used) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line("fee", 1, 0, Rounding.line(terms.fee())));
    for (var meter : terms.billed()) {
      long units = used.getOrDefault(meter.meter(), 0L);
      lines.add(new Line(meter.meter(), units, meter.included(), Rounding.line(meter.cost(units))));
    }
    long total = 0;
    for (var line : lines) {
      total = Math.addExact(total, line.amount());
    }
    return new Statement(terms.currency(), lines, total);
  }

  /**
   * What a cycle comes to at its end when usage goes on as until now; units rounded up.
   *
   * @param starts of the cycle
   * @param now within the cycle
   */
  public static Statement forecast(
      Terms terms, Map<String, Long> used, Instant starts, Instant ends, Instant now) {
    var whole = Duration.between(starts, ends).toMillis();
    var gone = Math.clamp(Duration.between(starts, now).toMillis(), 1, whole);
    Map<String, Long> expected = new java.util.HashMap<>();
    used.forEach((meter, units) -> expected.put(meter, scale(units, whole, gone)));
    return of(terms, expected);
  }

  /** {@code units × whole / gone}, rounded up; a remainder times a month of milliseconds fits. */
  private static long scale(long units, long whole, long gone) {
    var parts = Math.multiplyExact(units / gone, whole);
    return Math.addExact(parts, Math.ceilDiv(Math.multiplyExact(units % gone, whole), gone));
  }
}

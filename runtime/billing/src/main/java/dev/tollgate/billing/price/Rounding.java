package dev.tollgate.billing.price;

import java.math.BigDecimal;
import java.util.Locale;
import org.joda.money.BigMoney;
import org.joda.money.CurrencyUnit;

/** From millionths of a minor unit to what is written on an invoice. */
public final class Rounding {

  /** Millionths in a minor unit. */
  public static final long MINOR = 1_000_000;

  private static final int MILLIONTHS_DIGITS = 6;

  private Rounding() {}

  /**
   * The amount of an invoice line: half-even to whole steps, in millionths as before.
   *
   * @param step in millionths of the minor unit; what the engine can collect
   */
  public static long line(long millionths, long step) {
    if (step <= 0) {
      throw new IllegalArgumentException("a step of " + step);
    }
    long below = Math.floorDiv(millionths, step);
    long rest = millionths - below * step;
    boolean up = rest > step - rest || (rest == step - rest && (below & 1) == 1);
    return Math.multiplyExact(up ? below + 1 : below, step);
  }

  /** In major units with the currency's digits, such as {@code 9.00}; half-even. */
  public static String text(long millionths, String currency) {
    return money(millionths, currency)
        .toMoney(java.math.RoundingMode.HALF_EVEN)
        .getAmount()
        .toPlainString();
  }

  /**
   * Major units as people write them, such as {@code 9.00}, in millionths of the minor unit.
   *
   * @throws IllegalArgumentException when it is no decimal number, too large or too fine, or the
   *     currency is not of ISO 4217
   */
  public static long parse(String amount, String currency) {
    var digits = CurrencyUnit.of(currency).getDecimalPlaces();
    try {
      return new BigDecimal(amount).movePointRight(MILLIONTHS_DIGITS + digits).longValueExact();
    } catch (NumberFormatException wrong) {
      throw new IllegalArgumentException("'" + amount + "' is no decimal number", wrong);
    } catch (ArithmeticException wrong) {
      throw new IllegalArgumentException("'" + amount + "' is too large or too fine", wrong);
    }
  }

  /** The exact amount. */
  static BigMoney money(long millionths, String currency) {
    var unit = CurrencyUnit.of(currency.toUpperCase(Locale.ROOT));
    return BigMoney.of(
        unit, BigDecimal.valueOf(millionths, MILLIONTHS_DIGITS + unit.getDecimalPlaces()));
  }
}

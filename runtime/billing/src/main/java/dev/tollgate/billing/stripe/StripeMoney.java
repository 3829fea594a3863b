package dev.tollgate.billing.stripe;

import dev.tollgate.billing.price.Rounding;
import dev.tollgate.crd.value.Money;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Set;

/**
 * Amounts between ISO 4217 and Stripe. Stripe counts most currencies in their ISO minor unit; the
 * exceptions are in https://docs.stripe.com/currencies#special-cases.
 */
final class StripeMoney {

  /** ISO has no minor unit; Stripe wants two digits, which are always zero. */
  private static final Set<String> TWO_ZEROS = Set.of("ISK", "UGX");

  /** ISO has two digits; Stripe has none. */
  private static final Set<String> NO_DIGITS = Set.of("MGA");

  private static final int HUNDRED = 100;
  private static final int MILLIONTHS_DIGITS = 6;

  private StripeMoney() {}

  /** Smallest amount that can be collected, in millionths of the ISO minor unit. */
  static long step(String currency) {
    return Money.smallest(currency.toUpperCase(Locale.ROOT));
  }

  /** A whole amount in Stripe's units. */
  static long amount(long millionths, String currency) {
    if (millionths % step(currency) != 0) {
      throw new IllegalArgumentException(
          millionths + " millionths is not an amount that " + currency + " can be collected in");
    }
    return decimal(millionths, currency).longValueExact();
  }

  /** An exact amount in Stripe's units, as unit prices have it: at most 12 digits. */
  static BigDecimal decimal(long millionths, String currency) {
    var minor = BigDecimal.valueOf(millionths, MILLIONTHS_DIGITS);
    var code = currency.toUpperCase(Locale.ROOT);
    if (TWO_ZEROS.contains(code)) {
      minor = minor.movePointRight(2);
    } else if (NO_DIGITS.contains(code)) {
      minor = minor.movePointLeft(2);
    }
    var plain = minor.stripTrailingZeros();
    // 9E+2 is no amount for Stripe
    return plain.scale() < 0 ? plain.setScale(0) : plain;
  }

  /** What Stripe says, in millionths of the ISO minor unit. */
  static long millionths(long stripe, String currency) {
    var code = currency.toUpperCase(Locale.ROOT);
    if (TWO_ZEROS.contains(code)) {
      return Math.multiplyExact(stripe, Rounding.MINOR / HUNDRED);
    }
    return Math.multiplyExact(
        stripe, NO_DIGITS.contains(code) ? Rounding.MINOR * HUNDRED : Rounding.MINOR);
  }
}

package dev.tollgate.crd.resolve;

import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/** Money as a long in millionths of the ISO 4217 minor unit. */
final class Money {
  private static final int MILLIONTHS = 6;

  private Money() {}

  /** Digits after the point of the currency's minor unit, or -1 and a finding when unknown. */
  static int digits(String currency, String path, Findings to) {
    try {
      int digits = Currency.getInstance(currency).getDefaultFractionDigits();
      if (digits >= 0) {
        return digits;
      }
    } catch (IllegalArgumentException unknown) {
      // told below
    }
    to.refuse(
        "UnknownCurrency",
        path,
        "'" + currency + "' is not a currency; use an ISO 4217 code such as USD or EUR");
    return -1;
  }

  /** Major units as text to millionths of the minor unit; null and a finding when it cannot be. */
  static @Nullable Long parse(String amount, int digits, String path, Findings to) {
    try {
      BigDecimal major = new BigDecimal(amount);
      if (major.signum() < 0) {
        to.refuse("BadAmount", path, "'" + amount + "' is negative; use zero or more");
        return null;
      }
      return major.movePointRight(digits + MILLIONTHS).longValueExact();
    } catch (NumberFormatException notNumber) {
      to.refuse(
          "BadAmount", path, "'" + amount + "' is not a decimal number; write it like \"9.00\"");
    } catch (ArithmeticException outOfRange) {
      to.refuse(
          "AmountOutOfRange",
          path,
          "'"
              + amount
              + "' is too large or too fine; amounts have at most "
              + (digits + MILLIONTHS)
              + " digits after the point and stay below "
              + BigDecimal.valueOf(Long.MAX_VALUE)
                  .movePointLeft(digits + MILLIONTHS)
                  .toBigInteger());
    }
    return null;
  }
}

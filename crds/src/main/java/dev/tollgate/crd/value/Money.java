package dev.tollgate.crd.value;

import dev.tollgate.crd.finding.Findings;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Money as a long in millionths of the ISO 4217 minor unit. */
public final class Money {
  private static final int MILLIONTHS = 6;
  private static final long MINOR = 1_000_000;

  /** Of these the last digit is never paid. */
  private static final Set<String> THREE_DIGITS = Set.of("BHD", "JOD", "KWD", "OMR", "TND");

  private static final int HUNDRED = 100;

  private Money() {}

  /**
   * Smallest amount that cards and banks can pay, in millionths of the minor unit.
   *
   * @param currency its ISO 4217 code
   */
  public static long smallest(String currency) {
    if (THREE_DIGITS.contains(currency)) {
      return 10 * MINOR;
    }
    return currency.equals("MGA") ? HUNDRED * MINOR : MINOR;
  }

  /** Digits after the point of the currency's minor unit, or -1 and a finding when unknown. */
  public static int digits(String currency, String path, Findings to) {
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
  public static @Nullable Long parse(String amount, int digits, String path, Findings to) {
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

  /** A fee is on an invoice as it is, so it must be one that cards and banks can pay. */
  public static void collected(String amount, long fee, String currency, String path, Findings to) {
    long smallest = smallest(currency);
    // a fraction of the minor unit is rounded on the invoice, as everywhere
    if (smallest > MINOR && fee % smallest != 0) {
      to.refuse(
          "AmountNotCollectable",
          path,
          "'"
              + amount
              + "' "
              + currency
              + " cannot be paid: its smallest amount is "
              + BigDecimal.valueOf(
                  smallest / MINOR, Currency.getInstance(currency).getDefaultFractionDigits())
              + "; write a multiple of that");
    }
  }
}

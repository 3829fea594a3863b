package dev.tollgate.engine.limit;

import java.math.BigInteger;
import java.time.LocalDate;

/**
 * How much of something may be used.
 *
 * <p>All amounts are whole units of a meter, at most {@link #MAX}: sums of a few of them stay below
 * 2^53, so that a script whose only numbers are doubles (Redis) computes exactly the same.
 *
 * @param kind how use is forgotten
 * @param quantity units per period (bucket, windows), or at once (concurrency)
 * @param capacity units that may be in use at one moment; the burst of a bucket
 * @param periodMillis refill period of a bucket; 0 for the other kinds
 */
public record Quota(Kind kind, long quantity, long capacity, long periodMillis) {

  /** Largest quantity, capacity and amount: 2^51 units. */
  public static final long MAX = 1L << 51;

  /** What {@link #retryAfterMillis} answers when an amount can never be allowed. */
  public static final long NEVER = -1;

  static final long DAY_MILLIS = 86_400_000L;

  /** How use is forgotten. */
  public enum Kind {
    /** Drains steadily: GCRA in its leaky-bucket form (ITU-T I.371, annex A). */
    BUCKET,
    /** Forgotten at midnight UTC. */
    DAY,
    /** Forgotten when the month ends in UTC. */
    MONTH,
    /** Given back when the request ends. */
    CONCURRENCY
  }

  public Quota {
    quantity = clamp(quantity);
    capacity = clamp(capacity);
    if (kind == Kind.BUCKET && (periodMillis < 1 || periodMillis > DAY_MILLIS)) {
      throw new IllegalArgumentException(
          "period of a bucket must be 1 ms to 1 day, not " + periodMillis + " ms");
    }
  }

  /** {@code quantity} units per period, {@code burst} of them at once. */
  public static Quota bucket(long quantity, long burst, long periodMillis) {
    return new Quota(Kind.BUCKET, quantity, quantity <= 0 ? 0 : burst, periodMillis);
  }

  public static Quota day(long quantity) {
    return new Quota(Kind.DAY, quantity, quantity, 0);
  }

  public static Quota month(long quantity) {
    return new Quota(Kind.MONTH, quantity, quantity, 0);
  }

  public static Quota concurrency(long quantity) {
    return new Quota(Kind.CONCURRENCY, quantity, quantity, 0);
  }

  /** Brings units into 0 … {@link #MAX}. */
  public static long clamp(long units) {
    return Math.clamp(units, 0, MAX);
  }

  /** First millisecond of the calendar window at {@code now}; 0 for kinds without one. */
  public long windowStart(long now) {
    return switch (kind) {
      case DAY -> now - Math.floorMod(now, DAY_MILLIS);
      case MONTH -> {
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(now, DAY_MILLIS));
        yield (day.toEpochDay() - day.getDayOfMonth() + 1) * DAY_MILLIS;
      }
      case BUCKET, CONCURRENCY -> 0;
    };
  }

  /** First millisecond after the window that begins at {@code start}; 0 for kinds without one. */
  public long windowEnd(long start) {
    return switch (kind) {
      case DAY -> start + DAY_MILLIS;
      case MONTH -> {
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(start, DAY_MILLIS));
        yield (day.toEpochDay() + day.lengthOfMonth()) * DAY_MILLIS;
      }
      case BUCKET, CONCURRENCY -> 0;
    };
  }

  public boolean fits(long level, long amount) {
    return level + clamp(amount) <= capacity;
  }

  /** Units left when {@code level} are in use. */
  public long remaining(long level) {
    return Math.max(0, capacity - level);
  }

  /**
   * Milliseconds until nothing is in use any more; 0 for concurrency, where nobody can know.
   *
   * @param drained what has drained of the next unit, in parts of the period
   */
  public long resetMillis(long level, long drained, long now) {
    return switch (kind) {
      case BUCKET -> drainMillis(level, drained);
      case DAY, MONTH -> windowEnd(windowStart(now)) - now;
      case CONCURRENCY -> 0;
    };
  }

  /**
   * Milliseconds until {@code amount} more would fit: 0 now, {@link #NEVER} never. For concurrency
   * it is one second, a guess.
   */
  public long retryAfterMillis(long level, long drained, long amount, long now) {
    if (fits(level, amount)) {
      return 0;
    }
    if (clamp(amount) > capacity) {
      return NEVER;
    }
    return switch (kind) {
      case BUCKET -> drainMillis(level + clamp(amount) - capacity, drained);
      case DAY, MONTH -> windowEnd(windowStart(now)) - now;
      case CONCURRENCY -> 1_000;
    };
  }

  /** Milliseconds, rounded up, until {@code units} have drained. */
  private long drainMillis(long units, long drained) {
    if (units <= 0 || quantity == 0) {
      return 0;
    }
    if (units / quantity > Long.MAX_VALUE / 4 / periodMillis) {
      return Long.MAX_VALUE / 4;
    }
    long whole = units / quantity * periodMillis;
    long rest = units % quantity;
    if (rest <= Long.MAX_VALUE / periodMillis - 1) {
      return Math.max(0, whole + Math.ceilDiv(rest * periodMillis - drained, quantity));
    }
    // too big for a long; only for limits of more than 10^11 units in an hour
    long part =
        BigInteger.valueOf(rest)
            .multiply(BigInteger.valueOf(periodMillis))
            .subtract(BigInteger.valueOf(drained))
            .divide(BigInteger.valueOf(quantity))
            .longValueExact();
    return whole + part + 1;
  }
}

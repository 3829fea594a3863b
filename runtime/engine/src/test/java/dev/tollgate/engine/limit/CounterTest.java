package dev.tollgate.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class CounterTest {
  private static final long START = Instant.parse("2026-02-28T23:59:59.500Z").toEpochMilli();

  private final Counter counter = new Counter();

  @Test
  void aBucketLetsItsBurstInAtOnceAndThenItsRate() {
    Quota quota = Quota.bucket(10, 5, 1_000);
    assertThat(admitted(quota, START, 100)).isEqualTo(5);
    assertThat(admitted(quota, START + 99, 100)).isZero();
    assertThat(admitted(quota, START + 100, 100)).isEqualTo(1);
    assertThat(admitted(quota, START + 1_100, 100)).isEqualTo(5);
  }

  @Test
  void aBucketTellsWhenTheNextWillBeLetIn() {
    Quota quota = Quota.bucket(3, 3, 1_000);
    assertThat(admitted(quota, START, 3)).isEqualTo(3);
    long wait = quota.retryAfterMillis(counter.level(), counter.drained(), 1, START);
    assertThat(wait).isEqualTo(334);
    assertThat(admitted(quota, START + wait - 1, 1)).isZero();
    assertThat(admitted(quota, START + wait, 1)).isEqualTo(1);
  }

  @Test
  void aDayIsForgottenAtMidnightUtc() {
    Quota quota = Quota.day(2);
    assertThat(admitted(quota, START, 5)).isEqualTo(2);
    assertThat(quota.retryAfterMillis(counter.level(), 0, 1, START)).isEqualTo(500);
    assertThat(admitted(quota, START + 500, 5)).isEqualTo(2);
  }

  @Test
  void aMonthIsForgottenAtItsEndInUtc() {
    Quota quota = Quota.month(1);
    assertThat(admitted(quota, START - 86_400_000L * 20, 1)).isEqualTo(1);
    assertThat(admitted(quota, START, 1)).isZero();
    assertThat(admitted(quota, START + 500, 1)).isEqualTo(1);
    assertThat(Instant.ofEpochMilli(quota.windowEnd(quota.windowStart(START + 500))))
        .isEqualTo("2026-04-01T00:00:00Z");
  }

  @Test
  void timeThatGoesBackStandsStill() {
    Quota quota = Quota.bucket(10, 5, 1_000);
    assertThat(admitted(quota, START, 5)).isEqualTo(5);
    assertThat(admitted(quota, START - 5_000, 1)).isZero();
    assertThat(admitted(quota, START + 100, 5)).isEqualTo(1);
  }

  @Test
  void settlingPutsTheTruthInThePlaceOfTheEstimate() {
    Quota quota = Quota.day(100);
    counter.advance(quota, START);
    counter.lease("a", 60, 1_000);
    counter.lease("b", 30, 1_000);
    assertThat(counter.settle(quota, "a", 10)).isTrue();
    assertThat(counter.settle(quota, "b", 45)).isTrue();
    assertThat(counter.level()).isEqualTo(55);
  }

  @Test
  void settlingTwiceChangesNothing() {
    Quota quota = Quota.day(100);
    counter.advance(quota, START);
    counter.lease("a", 60, 1_000);
    counter.settle(quota, "a", 10);
    assertThat(counter.settle(quota, "a", 10)).isFalse();
    assertThat(counter.level()).isEqualTo(10);
  }

  @Test
  void anAbandonedReservationExpires() {
    Quota quota = Quota.concurrency(1);
    counter.advance(quota, START);
    counter.lease("a", 1, 1_000);
    counter.advance(quota, START + 999);
    assertThat(counter.level()).isEqualTo(1);
    counter.advance(quota, START + 1_000);
    assertThat(counter.level()).isZero();
    assertThat(counter.idle()).isTrue();
  }

  @Test
  void aRenewedReservationLastsOn() {
    Quota quota = Quota.concurrency(1);
    counter.advance(quota, START);
    counter.lease("a", 1, 1_000);
    counter.advance(quota, START + 900);
    assertThat(counter.renew(quota, "a", 0, 1_000)).isTrue();
    counter.advance(quota, START + 1_899);
    assertThat(counter.level()).isEqualTo(1);
  }

  @Test
  void aRenewalTakesWhatWasUsedBeyondTheReservation() {
    Quota quota = Quota.bucket(100, 100, 1_000);
    counter.advance(quota, START);
    counter.lease("a", 10, 10_000);
    counter.renew(quota, "a", 8, 10_000);
    assertThat(counter.level()).isEqualTo(10);
    counter.renew(quota, "a", 130, 10_000);
    assertThat(counter.level()).isEqualTo(130);
    counter.advance(quota, START + 1_000);
    counter.renew(quota, "a", 150, 10_000);
    assertThat(counter.level()).isEqualTo(50);
    counter.settle(quota, "a", 155);
    assertThat(counter.level()).isEqualTo(55);
  }

  @Test
  void whatARenewalTakesCountsInTheWindowOfTheRenewal() {
    Quota quota = Quota.day(100);
    counter.advance(quota, START);
    counter.lease("a", 60, 10_000);
    counter.advance(quota, START + 500);
    assertThat(counter.level()).isZero();
    counter.renew(quota, "a", 75, 10_000);
    assertThat(counter.level()).isEqualTo(15);
    counter.settle(quota, "a", 80);
    assertThat(counter.level()).isEqualTo(20);
  }

  @Test
  void aRequestCountsInTheWindowInWhichItBegan() {
    Quota quota = Quota.day(100);
    counter.advance(quota, START);
    counter.lease("a", 60, 10_000);
    counter.advance(quota, START + 500);
    counter.take(7);
    counter.settle(quota, "a", 90);
    assertThat(counter.level()).isEqualTo(7);
  }

  @Test
  void zeroForbids() {
    Quota quota = Quota.bucket(0, 100, 1_000);
    assertThat(admitted(quota, START, 1)).isZero();
    assertThat(quota.retryAfterMillis(0, 0, 1, START)).isEqualTo(Quota.NEVER);
  }

  /** Whatever the steps of time, what drains is exactly time × quantity ÷ period. */
  @Property(tries = 2_000)
  void drainsExactly(
      @ForAll @LongRange(min = 1, max = Quota.MAX) long quantity,
      @ForAll @LongRange(min = 1, max = Quota.MAX) long level,
      @ForAll @LongRange(min = 1, max = 3_600_000) long period,
      @ForAll @LongRange(min = 0, max = 4_000_000_000_000L) long first,
      @ForAll @LongRange(min = 0, max = 4_000_000) long second) {
    Counter counter = new Counter();
    Quota quota = Quota.bucket(quantity, Quota.MAX, period);
    counter.advance(quota, START);
    counter.take(level);
    counter.advance(quota, START + first);
    counter.advance(quota, START + first + second);
    BigInteger drained =
        BigInteger.valueOf(first + second)
            .multiply(BigInteger.valueOf(quantity))
            .divide(BigInteger.valueOf(period));
    BigInteger left = BigInteger.valueOf(level).subtract(drained).max(BigInteger.ZERO);
    assertThat(BigInteger.valueOf(counter.level())).isEqualTo(left);
  }

  private long admitted(Quota quota, long now, int tries) {
    long admitted = 0;
    counter.advance(quota, now);
    for (int i = 0; i < tries; i++) {
      if (quota.fits(counter.level(), 1)) {
        counter.take(1);
        admitted++;
      }
    }
    return admitted;
  }
}

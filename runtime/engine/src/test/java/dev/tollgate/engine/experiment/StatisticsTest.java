package dev.tollgate.engine.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  private static final double ALPHA = 0.05;
  private static final int RUNS = 400;

  /** Sums of units with a few calls each, which are alike within a unit. */
  private static Sample unit(Sample sample, Random random, double effect) {
    var own = random.nextGaussian();
    var calls = 1 + random.nextInt(5);
    var sum = 0.0;
    for (int i = 0; i < calls; i++) {
      sum += 10 + effect + own + random.nextGaussian();
    }
    return sample.plus(calls, sum);
  }

  /** Whether a decision is ever sure while up to so many units come and all are looked at. */
  private static boolean everSure(long seed, int units, double effect) {
    var random = new Random(seed);
    var control = Sample.EMPTY;
    var treatment = Sample.EMPTY;
    for (int i = 0; i < units; i++) {
      if (random.nextBoolean()) {
        control = unit(control, random, 0);
      } else {
        treatment = unit(treatment, random, effect);
      }
      if (i % 5 == 0 && Decision.of(List.of(control, treatment), 0, true, ALPHA).sure()) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aSampleOfSingleCallsHasTheOrdinaryMeanAndVariance() {
    var sample = Sample.EMPTY.plus(1, 2).plus(1, 4).plus(1, 9);

    assertThat(sample.mean()).isEqualTo(5);
    assertThat(sample.variance()).isCloseTo(13, within(1e-9));
  }

  @Test
  void samplesOfTwoShardsAddUp() {
    var one = Sample.EMPTY.plus(2, 3).plus(1, 5);
    var other = Sample.EMPTY.plus(4, 7);

    assertThat(one.plus(other)).isEqualTo(Sample.EMPTY.plus(2, 3).plus(1, 5).plus(4, 7));
  }

  @Test
  void lookingAllTheTimeIsSeldomWronglySure() {
    var wrong = 0;
    for (int run = 0; run < RUNS; run++) {
      wrong += everSure(run, 4_000, 0) ? 1 : 0;
    }

    // at most alpha, and three standard deviations of the simulation itself
    assertThat((double) wrong / RUNS).isLessThan(ALPHA + 3 * Math.sqrt(ALPHA / RUNS));
  }

  @Test
  void aDifferenceIsFound() {
    var found = 0;
    for (int run = 0; run < 100; run++) {
      found += everSure(run, 4_000, 0.3) ? 1 : 0;
    }

    assertThat(found).isGreaterThanOrEqualTo(95);
  }

  @Test
  void calledOftenByFewIsNotTakenForMuchEvidence() {
    var random = new Random(7);
    var clustered = Sample.EMPTY;
    var naive = Sample.EMPTY;
    for (int i = 0; i < 100; i++) {
      var own = random.nextGaussian();
      clustered = clustered.plus(100, 100 * own);
      for (int j = 0; j < 100; j++) {
        naive = naive.plus(1, own);
      }
    }
    var sequence = new ConfidenceSequence(ALPHA);
    var honest = sequence.mean(clustered);
    var wrong = sequence.mean(naive);

    assertThat(honest.high() - honest.low()).isGreaterThan(4 * (wrong.high() - wrong.low()));
  }

  /** Units of which few have most of the calls: calls are drawn from a power law. */
  private static Sample heavy(Sample sample, Random random) {
    var calls = (long) Math.min(2_000, Math.pow(random.nextDouble(), -1.25));
    return sample.plus(calls, (double) calls * (5 + 3 * random.nextGaussian()));
  }

  @Test
  void aFewUnitsWithMostOfTheCallsAreSeldomWronglySure() {
    var wrong = 0;
    for (int run = 0; run < RUNS; run++) {
      var random = new Random(run);
      var control = Sample.EMPTY;
      var treatment = Sample.EMPTY;
      var sure = false;
      for (int i = 0; i < 4_000 && !sure; i++) {
        if (random.nextBoolean()) {
          control = heavy(control, random);
        } else {
          treatment = heavy(treatment, random);
        }
        sure = i % 5 == 0 && Decision.of(List.of(control, treatment), 0, true, ALPHA).sure();
      }
      wrong += sure ? 1 : 0;
    }

    assertThat((double) wrong / RUNS).isLessThan(ALPHA + 3 * Math.sqrt(ALPHA / RUNS));
  }

  @Test
  void effectiveUnitsAreTheUnitsWhereEachHasAsManyCalls() {
    var alike = Sample.EMPTY;
    for (int i = 0; i < 77; i++) {
      alike = alike.plus(13, i);
    }

    assertThat(alike.effectiveUnits()).isEqualTo(77);
    assertThat(alike.plus(100_000, 1).effectiveUnits()).isCloseTo(1, within(0.1));
    assertThat(Sample.EMPTY.effectiveUnits()).isZero();
  }

  @Test
  void theRoundingOfSumsIsNoDifference() {
    for (var value : List.of(0.1, 0.7, 0.9, 3.3, 4.1)) {
      for (int units = 50; units < 90; units++) {
        var control = Sample.EMPTY;
        var treatment = Sample.EMPTY;
        for (int i = 0; i < units; i++) {
          control = control.plus(1, value);
        }
        for (int i = 0; i < 57; i++) {
          treatment = treatment.plus(1, value);
        }

        assertThat(Decision.of(List.of(control, treatment), 0, true, ALPHA).sure())
            .as("%d times %s", units, value)
            .isFalse();
      }
    }
  }

  @Test
  void fewUnitsTellNothing() {
    var sample = Sample.EMPTY;
    for (int i = 0; i < ConfidenceSequence.LEAST - 1; i++) {
      sample = sample.plus(1, i);
    }

    assertThat(new ConfidenceSequence(ALPHA).mean(sample)).isEqualTo(Interval.ALL);
    assertThat(Decision.of(List.of(sample, sample), 0, true, ALPHA).sure()).isFalse();
  }

  @Test
  void theControlIsSureOnlyWhenItBeatsAllOthers() {
    var random = new Random(3);
    var control = Sample.EMPTY;
    var worse = Sample.EMPTY;
    var same = Sample.EMPTY;
    for (int i = 0; i < 3_000; i++) {
      control = unit(control, random, 1);
      worse = unit(worse, random, 0);
      same = unit(same, random, 0.999);
    }

    assertThat(Decision.of(List.of(control, worse), 0, true, ALPHA))
        .extracting(Decision::leader, Decision::sure)
        .containsExactly(OptionalInt.of(0), true);
    assertThat(Decision.of(List.of(control, worse, same), 0, true, ALPHA).sure()).isFalse();
    assertThat(Decision.of(List.of(control, Sample.EMPTY), 0, true, ALPHA).leader())
        .as("nothing to be compared with")
        .isEmpty();
    assertThat(Decision.of(List.of(control, Sample.EMPTY, worse), 0, false, ALPHA).leader())
        .as("one that is not called keeps nobody from leading")
        .hasValue(2);
    assertThat(Decision.of(List.of(control, worse), 0, false, ALPHA))
        .extracting(Decision::leader, Decision::sure)
        .containsExactly(OptionalInt.of(1), true);
  }

  @Test
  void logGammaIsRight() {
    assertThat(SampleRatio.logGamma(1)).isCloseTo(0, within(1e-11));
    assertThat(SampleRatio.logGamma(0.5)).isCloseTo(Math.log(Math.sqrt(Math.PI)), within(1e-11));
    assertThat(SampleRatio.logGamma(11)).isCloseTo(Math.log(3628800), within(1e-10));
  }

  @Test
  void sharesAsIntendedRaiseNoAlarmHoweverOftenLookedAt() {
    var alarms = 0;
    for (int run = 0; run < 300; run++) {
      var random = new Random(run);
      var counts = new long[2];
      var alarm = false;
      for (int i = 0; i < 5_000 && !alarm; i++) {
        counts[random.nextInt(10) < 3 ? 0 : 1]++;
        alarm = SampleRatio.pValue(new int[] {30, 70}, counts) < SampleRatio.ALPHA;
      }
      alarms += alarm ? 1 : 0;
    }

    assertThat(alarms).isLessThanOrEqualTo(3);
  }

  @Test
  void lostUnitsRaiseTheAlarm() {
    assertThat(SampleRatio.pValue(new int[] {50, 50}, new long[] {10_000, 9_300}))
        .isLessThan(SampleRatio.ALPHA);
    assertThat(SampleRatio.pValue(new int[] {50, 50}, new long[] {10_000, 9_950})).isEqualTo(1);
    assertThat(SampleRatio.pValue(new int[] {100, 0}, new long[] {10, 1})).isZero();
  }
}

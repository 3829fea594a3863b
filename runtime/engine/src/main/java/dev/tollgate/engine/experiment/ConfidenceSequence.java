package dev.tollgate.engine.experiment;

/**
 * Intervals that hold at every moment at once, so that one may look as often as one likes and stop
 * when one likes: asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
 * <a href="https://arxiv.org/abs/2103.06476">Time-uniform central limit theory and asymptotic
 * confidence sequences</a>, Annals of Statistics 52(6), 2024, theorem 2.2).
 *
 * <p>After t observations with mean m and variance s², the interval is
 *
 * <pre>m ± s · sqrt( 2(tρ² + 1) / (t²ρ²) · ln( sqrt(tρ² + 1) / α ) )</pre>
 *
 * <p>for any ρ. It is narrowest about t* when ρ² = (−2 ln α + ln(−2 ln α + 1)) / t* (ibid.,
 * appendix B.2); here t* is {@value #NARROWEST_AT} units. It is wider than the interval of a sample
 * whose size was fixed before, by about half: the price of looking.
 *
 * <p>It is asymptotic: fewer than {@value #LEAST} units tell nothing, nor do those of which a few
 * have nearly all calls, so that the rest hardly counts ({@link Sample#effectiveUnits}).
 */
public final class ConfidenceSequence {

  /** Effective units below which every interval is infinite. */
  public static final int LEAST = 50;

  private static final int NARROWEST_AT = 2_000;

  /** How far a mean may be off, as a part of it, by the rounding of sums. */
  private static final double ROUNDING = 1e-9;

  private final double alpha;
  private final double rhoSquared;

  /**
   * @param alpha chance that the truth is ever outside; above 0, below 1
   */
  public ConfidenceSequence(double alpha) {
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException("a chance is between 0 and 1, not " + alpha);
    }
    this.alpha = alpha;
    var twice = -2 * Math.log(alpha);
    this.rhoSquared = (twice + Math.log(twice + 1)) / NARROWEST_AT;
  }

  /** Whether enough is seen for an interval. */
  static boolean tells(Sample sample) {
    return sample.effectiveUnits() >= LEAST;
  }

  /** Of the mean of a sample. */
  public Interval mean(Sample sample) {
    if (!tells(sample)) {
      return Interval.ALL;
    }
    return about(sample.mean(), (double) sample.units(), sample.variance(), 0);
  }

  /**
   * Of how much the mean of {@code a} is above that of {@code b}, where each unit fell into one by
   * chance: the variance of the difference is the sum of both means'.
   */
  public Interval difference(Sample a, Sample b) {
    if (!tells(a) || !tells(b)) {
      return Interval.ALL;
    }
    var t = (double) a.units() + b.units();
    var variance = t * (a.variance() / (double) a.units() + b.variance() / (double) b.units());
    // where all values are one and the same, nothing but rounding tells the means apart
    var rounding = ROUNDING * Math.max(Math.abs(a.mean()), Math.abs(b.mean()));
    return about(a.mean() - b.mean(), t, variance, rounding);
  }

  private Interval about(double mean, double t, double variance, double rounding) {
    var scaled = t * rhoSquared + 1;
    var width =
        Math.sqrt(
                variance * 2 * scaled / (t * t * rhoSquared) * Math.log(Math.sqrt(scaled) / alpha))
            + rounding;
    return new Interval(mean - width, mean + width);
  }
}

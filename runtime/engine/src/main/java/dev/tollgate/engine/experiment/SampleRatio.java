package dev.tollgate.engine.experiment;

/**
 * Whether variants got the shares of units they should have. When they have not, something loses
 * units of one variant, and no result can be believed.
 *
 * <p>The sequential multinomial test of Lindon and Malek (<a
 * href="https://arxiv.org/abs/2011.03567">Anytime-Valid Inference for Multinomial Count Data</a>,
 * NeurIPS 2022, section 3): the Bayes factor of a Dirichlet prior about the intended shares against
 * these shares themselves,
 *
 * <pre>Γ(κ) / Γ(κ + n) · Π Γ(κ·pᵢ + nᵢ) / Γ(κ·pᵢ) · pᵢ^(−nᵢ)</pre>
 *
 * <p>is a martingale when the shares are as intended, so it ever exceeds 1/α with a chance of at
 * most α, however often it is looked at.
 */
public final class SampleRatio {

  /** Chance of an alarm when nothing is wrong, over the whole life of an experiment. */
  public static final double ALPHA = 0.001;

  private static final double CONCENTRATION = 1_000;

  private SampleRatio() {}

  /**
   * How well the counts fit the weights: one over the Bayes factor. When the shares are as
   * intended, it ever falls below α with a chance of at most α; below {@link #ALPHA} the counts do
   * not fit.
   *
   * @param weights intended, at least one above 0
   * @param counts units seen, in the order of the weights
   * @return from 0 to 1
   */
  public static double pValue(int[] weights, long[] counts) {
    return Math.min(1, Math.exp(-logBayesFactor(weights, counts)));
  }

  static double logBayesFactor(int[] weights, long[] counts) {
    if (weights.length != counts.length) {
      throw new IllegalArgumentException(
          weights.length + " weights for " + counts.length + " counts");
    }
    var total = 0L;
    for (var weight : weights) {
      total += weight;
    }
    var seen = 0L;
    var factor = 0.0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] == 0) {
        if (counts[i] > 0) {
          return Double.POSITIVE_INFINITY;
        }
        continue;
      }
      var share = (double) weights[i] / (double) total;
      var prior = CONCENTRATION * share;
      factor +=
          logGamma(prior + (double) counts[i])
              - logGamma(prior)
              - (double) counts[i] * Math.log(share);
      seen += counts[i];
    }
    return factor + logGamma(CONCENTRATION) - logGamma(CONCENTRATION + (double) seen);
  }

  /** Stirling's series, after the recurrence has brought x above 10; right to 12 digits. */
  static double logGamma(double x) {
    var below = 0.0;
    var at = x;
    for (; at < 10; at++) {
      below += Math.log(at);
    }
    var inverse = 1 / at;
    var square = inverse * inverse;
    var series =
        inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - below;
  }
}

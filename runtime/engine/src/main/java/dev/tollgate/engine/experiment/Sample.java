package dev.tollgate.engine.experiment;

/**
 * Sums over what was seen of one variant, enough for the mean of its calls and for how sure it is.
 *
 * <p>Calls of one unit are alike, so they count as one observation of {@code n} calls that add up
 * to {@code s}: the mean is the ratio of the sums, and its variance that of a ratio by the delta
 * method (Deng, Knoblich and Lu, <a href="https://arxiv.org/abs/1803.06336">Applying the Delta
 * Method in Metric Analytics</a>, 2018). With one call a unit that is the ordinary mean and
 * variance.
 *
 * @param units units seen
 * @param calls sum of n: calls of all units
 * @param sum sum of s: what the calls add up to
 * @param sumSquares sum of s²
 * @param cross sum of s·n
 * @param callSquares sum of n²
 */
public record Sample(
    long units, double calls, double sum, double sumSquares, double cross, double callSquares) {

  /** Nothing seen. */
  public static final Sample EMPTY = new Sample(0, 0, 0, 0, 0, 0);

  public Sample {
    if (units < 0 || calls < (double) units) {
      throw new IllegalArgumentException(units + " units cannot have " + calls + " calls");
    }
  }

  /** With one unit more, whose {@code n} calls add up to {@code s}. */
  public Sample plus(long n, double s) {
    return new Sample(
        units + 1,
        calls + (double) n,
        sum + s,
        sumSquares + s * s,
        cross + s * (double) n,
        callSquares + (double) n * (double) n);
  }

  /** Both together; no unit may be in both. */
  public Sample plus(Sample other) {
    return new Sample(
        units + other.units,
        calls + other.calls,
        sum + other.sum,
        sumSquares + other.sumSquares,
        cross + other.cross,
        callSquares + other.callSquares);
  }

  /**
   * As many units with equally many calls as would tell as much: fewer than there are where few
   * units have most of the calls (Kish, Survey Sampling, 1965).
   */
  public double effectiveUnits() {
    return units == 0 ? 0 : calls * calls / callSquares;
  }

  /** The mean of a call; NaN of none. */
  public double mean() {
    return sum / calls;
  }

  /** The variance that a unit contributes: that of the mean is this by the number of units. */
  public double variance() {
    if (units < 2) {
      return Double.NaN;
    }
    var mean = mean();
    var residuals = sumSquares - 2 * mean * cross + mean * mean * callSquares;
    var callsAUnit = calls / (double) units;
    // rounding may take a sum of squares a little below zero
    return Math.max(0, residuals) / ((double) (units - 1) * callsAUnit * callsAUnit);
  }
}

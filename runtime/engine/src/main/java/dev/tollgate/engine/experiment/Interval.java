package dev.tollgate.engine.experiment;

/** From {@code low} to {@code high}; either may be infinite where too little was seen. */
public record Interval(double low, double high) {

  /** Nothing is known. */
  public static final Interval ALL =
      new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  public Interval {
    if (!(low <= high)) {
      throw new IllegalArgumentException("no interval: " + low + " to " + high);
    }
  }

  public boolean contains(double value) {
    return low <= value && value <= high;
  }

  /** What of it lies from {@code least} to {@code most}. */
  public Interval within(double least, double most) {
    return new Interval(
        Math.min(most, Math.max(low, least)), Math.max(least, Math.min(high, most)));
  }
}

package dev.tollgate.engine.experiment;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Which variant a unit (a user, tenant or key) gets. The same unit gets the same variant on every
 * replica and for ever, without anything being stored: it depends on salt, unit, names and weights
 * alone.
 *
 * <p>Weighted rendezvous hashing (Schindelhauer and Schomaker, <a
 * href="https://doi.org/10.1145/1073970.1074008">Weighted distributed hash tables</a>, SPAA 2005,
 * the logarithmic method): each variant draws u from (0, 1) by a hash of salt, unit and name, and
 * the greatest {@code weight / -ln(u)} wins. A variant's share is its weight's, to the resolution
 * of 53 bits. When one variant's weight changes, or it comes or goes, units move only to it or only
 * from it, as few as the new shares need; several changes at once are like one after the other. The
 * order of the list does not matter. Cumulative ranges have none of this.
 *
 * <p>Immutable; any thread.
 */
public final class Assignment {

  private final long seed;
  private final long[] names;
  private final double[] weights;

  /** One variant and its share of the units. */
  public record Share(String name, int weight) {
    public Share {
      if (weight < 0) {
        throw new IllegalArgumentException(
            "the weight of variant " + name + " is negative: " + weight);
      }
    }
  }

  /**
   * @param salt another one shuffles units anew, independently
   * @throws IllegalArgumentException when no variant has a weight
   */
  public Assignment(String salt, List<Share> shares) {
    if (shares.stream().mapToLong(Share::weight).sum() == 0) {
      throw new IllegalArgumentException("no variant has a weight above 0");
    }
    seed = XxHash64.hash(salt.getBytes(StandardCharsets.UTF_8), 0);
    names = new long[shares.size()];
    weights = new double[shares.size()];
    for (int i = 0; i < names.length; i++) {
      names[i] = XxHash64.hash(shares.get(i).name().getBytes(StandardCharsets.UTF_8), 0);
      weights[i] = shares.get(i).weight();
    }
  }

  /**
   * The variant of a unit, as an index of the shares.
   *
   * @param unit any text, such as a user's id
   */
  public int of(String unit) {
    var drawn = hash(unit);
    var best = -1;
    var least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < names.length; i++) {
      if (weights[i] == 0) {
        continue;
      }
      var u = unit(XxHash64.avalanche(drawn ^ names[i]));
      // least -ln(u) / weight is greatest weight / -ln(u)
      var score = -Math.log(u) / weights[i];
      if (score < least) {
        least = score;
        best = i;
      }
    }
    return best;
  }

  /** What stands for a unit where it must not be told itself: XXH64 under the salt. */
  public long hash(String unit) {
    return XxHash64.hash(unit.getBytes(StandardCharsets.UTF_8), seed);
  }

  /** The upper 53 bits as a number between 0 and 1, never either. */
  private static double unit(long hash) {
    return ((hash >>> 11) + 0.5) * 0x1.0p-53;
  }
}

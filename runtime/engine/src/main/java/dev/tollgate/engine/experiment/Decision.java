package dev.tollgate.engine.experiment;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Which variant does best, and whether that is sure. It may be asked for after every call: when all
 * variants are alike, it is ever wrongly sure with a chance of at most α.
 *
 * @param leader index of the variant with the best mean; empty until enough is seen of the control
 *     and of another one
 * @param sure whether the leader is better than the control or, when the control leads, better than
 *     all others
 * @param differences of each variant from the control, all valid at once and at all times; the
 *     control's own is nothing to nothing
 */
public record Decision(OptionalInt leader, boolean sure, List<Interval> differences) {

  public Decision {
    differences = List.copyOf(differences);
  }

  /**
   * Compares variants with the control; α is shared out among them (Bonferroni).
   *
   * @param control index of the control
   * @param higherIsBetter otherwise lower is
   * @param alpha chance to be wrong, ever
   */
  public static Decision of(
      List<Sample> variants, int control, boolean higherIsBetter, double alpha) {
    var sequence = new ConfidenceSequence(alpha / Math.max(1, variants.size() - 1));
    var own = new Interval(0, 0);
    var base = variants.get(control);
    var differences =
        IntStream.range(0, variants.size())
            .mapToObj(i -> i == control ? own : sequence.difference(variants.get(i), base))
            .toList();
    var seen =
        IntStream.range(0, variants.size())
            .filter(i -> ConfidenceSequence.tells(variants.get(i)))
            .toArray();
    if (!ConfidenceSequence.tells(base) || seen.length < 2) {
      return new Decision(OptionalInt.empty(), false, differences);
    }
    var leader = control;
    for (var i : seen) {
      if (better(variants.get(i).mean(), variants.get(leader).mean(), higherIsBetter)) {
        leader = i;
      }
    }
    return new Decision(OptionalInt.of(leader), sure(differences, leader, control), differences);
  }

  private static boolean better(double a, double b, boolean higherIsBetter) {
    return higherIsBetter ? a > b : a < b;
  }

  private static boolean sure(List<Interval> differences, int leader, int control) {
    if (leader != control) {
      return !differences.get(leader).contains(0);
    }
    for (int i = 0; i < differences.size(); i++) {
      if (i != control && differences.get(i).contains(0)) {
        return false;
      }
    }
    return true;
  }
}

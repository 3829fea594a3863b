package dev.tollgate.engine.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.engine.experiment.Assignment.Share;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignmentTest {

  private static final int UNITS = 200_000;

  private static Assignment split(String salt, int... weights) {
    var names = List.of("control", "treatment-a", "treatment-b", "treatment-c");
    return new Assignment(
        salt,
        java.util.stream.IntStream.range(0, weights.length)
            .mapToObj(i -> new Share(names.get(i), weights[i]))
            .toList());
  }

  private static double chiSquare(Assignment assignment, String units, int... weights) {
    var counts = new long[weights.length];
    for (int i = 0; i < UNITS; i++) {
      counts[assignment.of(units + i)]++;
    }
    var total = java.util.Arrays.stream(weights).sum();
    var sum = 0.0;
    for (int i = 0; i < weights.length; i++) {
      var expected = (double) UNITS * weights[i] / total;
      sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    return sum;
  }

  @Test
  void hashesAsTheSpecificationSays() {
    assertThat(XxHash64.hash(new byte[0], 0)).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(XxHash64.hash("abc".getBytes(StandardCharsets.UTF_8), 0))
        .isEqualTo(0x44BC2CF5AD770999L);
    assertThat(
            XxHash64.hash(
                "Nobody inspects the spammish repetition".getBytes(StandardCharsets.UTF_8), 0))
        .isEqualTo(0xFBCEA83C8A378BF1L);
  }

  @Test
  void givesAUnitTheSameVariantEachTime() {
    for (int i = 0; i < 1000; i++) {
      assertThat(split("s", 50, 50).of("user-" + i)).isEqualTo(split("s", 50, 50).of("user-" + i));
    }
  }

  @Test
  void splitsByTheWeightsAsAChiSquareTestShows() {
    // 99.99 % quantiles of chi-square with 1, 2 and 3 degrees of freedom
    for (var salt : List.of("pax-2024-q3", "x", "", "日本")) {
      for (var units : List.of("user-", "", "acme/key:")) {
        assertThat(chiSquare(split(salt, 50, 50), units, 50, 50)).isLessThan(15.14);
        assertThat(chiSquare(split(salt, 90, 9, 1), units, 90, 9, 1)).isLessThan(18.42);
        assertThat(chiSquare(split(salt, 1, 2, 3, 4), units, 1, 2, 3, 4)).isLessThan(21.11);
      }
    }
  }

  @Test
  void splitsIndependentlyUnderAnotherSalt() {
    var one = split("one", 50, 50);
    var two = split("two", 50, 50);
    var both = 0;
    for (int i = 0; i < UNITS; i++) {
      both += one.of("u" + i) == 1 && two.of("u" + i) == 1 ? 1 : 0;
    }

    // a quarter, within five standard deviations
    assertThat((double) both / UNITS).isBetween(0.25 - 0.005, 0.25 + 0.005);
  }

  @Test
  void movesNoMoreUnitsThanNeededWhenWeightsChange() {
    var before = split("s", 90, 10);
    var after = split("s", 50, 50);
    var moved = 0;
    for (int i = 0; i < UNITS; i++) {
      var was = before.of("u" + i);
      var is = after.of("u" + i);
      assertThat(was == 1 && is == 0).isFalse();
      moved += was == is ? 0 : 1;
    }

    assertThat((double) moved / UNITS).isBetween(0.395, 0.405);
  }

  @Test
  void movesUnitsOnlyToAVariantThatComes() {
    var before = split("s", 40, 40);
    var after = split("s", 40, 40, 20);
    var moved = 0;
    for (int i = 0; i < UNITS; i++) {
      var was = before.of("u" + i);
      var is = after.of("u" + i);
      assertThat(is == was || is == 2).isTrue();
      moved += was == is ? 0 : 1;
    }

    assertThat((double) moved / UNITS).isBetween(0.195, 0.205);
  }

  @Test
  void doesNotCareInWhatOrderVariantsAre() {
    var one = new Assignment("s", List.of(new Share("a", 30), new Share("b", 70)));
    var other = new Assignment("s", List.of(new Share("b", 70), new Share("a", 30)));
    for (int i = 0; i < 1000; i++) {
      assertThat(one.of("u" + i)).isEqualTo(1 - other.of("u" + i));
    }
  }

  @Test
  void givesNobodyAVariantOfNoWeight() {
    var off = split("s", 100, 0);
    for (int i = 0; i < 10_000; i++) {
      assertThat(off.of("u" + i)).isZero();
    }
  }

  @Test
  void refusesWeightsThatGiveNobodyAnything() {
    assertThatThrownBy(() -> split("s", 0, 0)).hasMessageContaining("no variant has a weight");
    assertThatThrownBy(() -> new Share("a", -1)).hasMessageContaining("variant a is negative");
  }
}

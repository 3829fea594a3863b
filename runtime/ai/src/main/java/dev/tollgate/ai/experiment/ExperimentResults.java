package dev.tollgate.ai.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.experiment.ExperimentMetric;
import dev.tollgate.crd.view.ExperimentView;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an experiment now.
 *
 * @param since RFC 3339, UTC: when this design began to be served
 * @param leader variant with the best mean; null until enough is seen of the control and another
 * @param confidencePercent how sure a decision is, however often it is looked at
 * @param sampleRatioMismatch whether variants got other shares of units than their weights; then no
 *     result can be believed
 * @param sampleRatioPValue of that test, valid however often it is looked at
 * @param method of intervals and decision
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExperimentResults(
    String name,
    String prompt,
    String since,
    long calls,
    long units,
    @Nullable String leader,
    ExperimentDecision decision,
    ExperimentMetric decideBy,
    int confidencePercent,
    boolean sampleRatioMismatch,
    double sampleRatioPValue,
    @Nullable Judged verdict,
    String method,
    List<Variant> variants) {

  /**
   * What the guard found.
   *
   * @param at RFC 3339, UTC
   * @param rollback whether everyone gets the control since; otherwise nothing moved
   */
  public record Judged(String variant, String reason, String at, boolean rollback) {

    /** The verdict on an experiment as it is now; null without one. */
    static @Nullable Judged of(ExperimentView view, @Nullable Verdict verdict) {
      var guard = view.guard();
      return verdict == null
          ? null
          : new Judged(
              verdict.variant(),
              verdict.reason(),
              verdict.at().toString(),
              guard != null && guard.rollback());
    }
  }

  /**
   * One variant.
   *
   * @param units users, tenants or keys
   * @param effectiveUnits as many with equally many calls as would tell as much, rounded down
   * @param cost of a call, in millionths of the minor unit of the currency
   * @param difference of the mean that decides, from the control's; absent for the control and
   *     while too little is seen
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Variant(
      String name,
      int version,
      int weight,
      long calls,
      long units,
      long effectiveUnits,
      @Nullable Estimate error,
      @Nullable Estimate latencyMs,
      @Nullable Estimate firstTokenMs,
      @Nullable Estimate tokens,
      @Nullable Estimate cost,
      @Nullable Estimate score,
      @Nullable Estimate accuracy,
      Map<String, Long> labels,
      @Nullable Between difference) {}

  /**
   * A mean and, once enough is seen, where the truth is with 95 percent confidence however often
   * one looks.
   *
   * @param count calls it is of
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Estimate(long count, double mean, @Nullable Double low, @Nullable Double high) {}

  /**
   * A difference and where the truth is, with the confidence that the experiment asks for however
   * often one looks.
   */
  public record Between(double mean, double low, double high) {}
}

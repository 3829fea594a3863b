package dev.tollgate.operator.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.experiment.MeanInterval;
import dev.tollgate.crd.experiment.VariantResult;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of an experiment, as a replica tells it.
 *
 * @param since RFC 3339, UTC
 * @param leader null while too little is seen
 * @param mismatch units that variants got otherwise than their weights say, in a sentence; null
 *     when they did not
 */
record ExperimentResult(
    String since,
    long calls,
    @Nullable String leader,
    ExperimentDecision decision,
    @Nullable String mismatch,
    List<VariantResult> variants) {

  private static final MathContext DIGITS = new MathContext(6);

  ExperimentResult {
    variants = List.copyOf(variants);
  }

  static ExperimentResult of(JsonNode results) {
    List<VariantResult> variants = new ArrayList<>();
    for (var variant : results.path("variants")) {
      variants.add(
          new VariantResult(
              variant.path("name").asText(),
              variant.path("version").asInt(),
              variant.path("calls").asLong(),
              variant.path("units").asLong(),
              mean(variant.path("error")),
              mean(variant.path("latencyMs")),
              mean(variant.path("firstTokenMs")),
              mean(variant.path("tokens")),
              mean(variant.path("cost")),
              mean(variant.path("score")),
              mean(variant.path("accuracy"))));
    }
    return new ExperimentResult(
        results.path("since").asText(),
        results.path("calls").asLong(),
        results.path("leader").textValue(),
        decision(results.path("decision").asText()),
        results.path("sampleRatioMismatch").asBoolean() ? mismatch(results) : null,
        variants);
  }

  /** The condition that tells whether it can be believed. */
  Wanted condition() {
    return mismatch == null
        ? Wanted.no(
            "SampleRatioMismatch", "AsIntended", "Variants have the shares they should have.")
        : Wanted.yes("SampleRatioMismatch", "UnitsLost", mismatch);
  }

  private static ExperimentDecision decision(String text) {
    for (var decision : ExperimentDecision.values()) {
      if (decision.name().equals(text)) {
        return decision;
      }
    }
    return ExperimentDecision.Collecting;
  }

  private static @Nullable MeanInterval mean(JsonNode estimate) {
    return estimate.isObject()
        ? new MeanInterval(
            text(estimate.path("mean").asDouble()),
            estimate.has("low") ? text(estimate.path("low").asDouble()) : null,
            estimate.has("high") ? text(estimate.path("high").asDouble()) : null)
        : null;
  }

  private static String text(double number) {
    return new BigDecimal(number).round(DIGITS).stripTrailingZeros().toPlainString();
  }

  private static String mismatch(JsonNode results) {
    double weights = 0;
    for (var variant : results.path("variants")) {
      weights += variant.path("weight").asDouble();
    }
    var units = results.path("units").asDouble();
    List<String> shares = new ArrayList<>();
    for (var variant : results.path("variants")) {
      shares.add(
          String.format(
              Locale.ROOT,
              "%s has %.1f percent of them and should have %.1f",
              variant.path("name").asText(),
              100 * variant.path("units").asDouble() / units,
              100 * variant.path("weight").asDouble() / weights));
    }
    return String.format(
        Locale.ROOT,
        "Of %.0f units %s (p = %.2g). Something loses calls of a variant; believe no result until it is found.",
        units,
        String.join(", ", shares),
        results.path("sampleRatioPValue").asDouble());
  }
}

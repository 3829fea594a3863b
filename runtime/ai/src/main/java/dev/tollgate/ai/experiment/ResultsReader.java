package dev.tollgate.ai.experiment;

import dev.tollgate.ai.experiment.CallReader.Calls;
import dev.tollgate.ai.experiment.ExperimentResults.Between;
import dev.tollgate.ai.experiment.ExperimentResults.Estimate;
import dev.tollgate.ai.experiment.ExperimentResults.Judged;
import dev.tollgate.ai.experiment.ExperimentResults.Variant;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.VariantView;
import dev.tollgate.engine.experiment.ConfidenceSequence;
import dev.tollgate.engine.experiment.Decision;
import dev.tollgate.engine.experiment.Interval;
import dev.tollgate.engine.experiment.Sample;
import dev.tollgate.engine.experiment.SampleRatio;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Adds up what was seen of experiments. Waits for the shards. */
public final class ResultsReader {

  private static final String METHOD =
      "asymptotic confidence sequences over units, Waudby-Smith et al. 2024 (arXiv:2103.06476)";
  private static final ConfidenceSequence SHOWN = new ConfidenceSequence(0.05);

  private final Experiments experiments;
  private final ExperimentStore store;
  private final CallReader calls;
  private final InstantSource clock;

  public ResultsReader(
      Experiments experiments, ExperimentStore store, CallReader calls, InstantSource clock) {
    this.experiments = experiments;
    this.store = store;
    this.calls = calls;
    this.clock = clock;
  }

  /**
   * The results of an experiment; null when there is none of the name. A verdict that rolls back
   * ends the count, since from then on everyone gets the control.
   */
  public @Nullable ExperimentResults of(String name) {
    var view = experiments.all().get(name);
    if (view == null) {
      return null;
    }
    var verdict = experiments.verdict(view);
    var rolledBack = experiments.rolledBack(view);
    var since = store.since(view);
    var until = rolledBack && verdict != null ? verdict.at() : now();
    var range = new Calls(name, since, until.isBefore(since) ? since : until);
    Map<Metric, Map<String, Sample>> samples = new EnumMap<>(Metric.class);
    for (var metric : Metric.values()) {
      samples.put(metric, calls.samples(range, metric));
    }
    var labels = calls.labels(range);
    var all = view.variants().stream().map(v -> sample(samples, Metric.ERROR, v)).toList();
    var decision = decision(view, samples);
    var ratio = ratio(view, all);
    return new ExperimentResults(
        name,
        view.prompt(),
        since.toString(),
        all.stream().mapToLong(s -> (long) s.calls()).sum(),
        all.stream().mapToLong(Sample::units).sum(),
        decision.leader().isPresent()
            ? view.variants().get(decision.leader().getAsInt()).name()
            : null,
        rolledBack
            ? ExperimentDecision.RolledBack
            : decision.sure() ? ExperimentDecision.Decided : ExperimentDecision.Collecting,
        view.decideBy(),
        view.confidencePercent(),
        ratio < SampleRatio.ALPHA,
        ratio,
        Judged.of(view, verdict),
        METHOD,
        IntStream.range(0, view.variants().size())
            .mapToObj(i -> variant(view, i, samples, labels, decision.differences().get(i)))
            .toList());
  }

  /** A moment after this one, since a call may begin in the millisecond in which it is read. */
  private Instant now() {
    return clock.instant().plusSeconds(1);
  }

  private static Decision decision(ExperimentView view, Map<Metric, Map<String, Sample>> samples) {
    var metric = Metric.of(view.decideBy());
    var variants = view.variants();
    var control = 0;
    for (int i = 0; i < variants.size(); i++) {
      if (variants.get(i).name().equals(view.control())) {
        control = i;
      }
    }
    return Decision.of(
        variants.stream().map(v -> sample(samples, metric, v)).toList(),
        control,
        metric.higherIsBetter,
        1 - view.confidencePercent() / 100.0);
  }

  private static double ratio(ExperimentView view, List<Sample> all) {
    return SampleRatio.pValue(
        view.variants().stream().mapToInt(VariantView::weight).toArray(),
        all.stream().mapToLong(Sample::units).toArray());
  }

  private static Variant variant(
      ExperimentView view,
      int index,
      Map<Metric, Map<String, Sample>> samples,
      Map<String, Map<String, Long>> labels,
      Interval difference) {
    var variant = view.variants().get(index);
    var all = sample(samples, Metric.ERROR, variant);
    var known = !variant.name().equals(view.control()) && Double.isFinite(difference.low());
    return new Variant(
        variant.name(),
        variant.version(),
        variant.weight(),
        (long) all.calls(),
        all.units(),
        (long) all.effectiveUnits(),
        estimate(all, 0, 1),
        estimate(sample(samples, Metric.LATENCY, variant), 0, Double.POSITIVE_INFINITY),
        estimate(sample(samples, Metric.FIRST_TOKEN, variant), 0, Double.POSITIVE_INFINITY),
        estimate(sample(samples, Metric.TOKENS, variant), 0, Double.POSITIVE_INFINITY),
        estimate(sample(samples, Metric.COST, variant), 0, Double.POSITIVE_INFINITY),
        estimate(
            sample(samples, Metric.SCORE, variant),
            Double.NEGATIVE_INFINITY,
            Double.POSITIVE_INFINITY),
        estimate(sample(samples, Metric.ACCURACY, variant), 0, 1),
        labels.getOrDefault(variant.name(), Map.of()),
        known
            ? new Between(above(view, samples, variant), difference.low(), difference.high())
            : null);
  }

  /** How much the mean that decides is above the control's. */
  private static double above(
      ExperimentView view, Map<Metric, Map<String, Sample>> samples, VariantView variant) {
    var metric = Metric.of(view.decideBy());
    var control = samples.getOrDefault(metric, Map.of()).getOrDefault(view.control(), Sample.EMPTY);
    return sample(samples, metric, variant).mean() - control.mean();
  }

  private static Sample sample(
      Map<Metric, Map<String, Sample>> samples, Metric metric, VariantView variant) {
    return samples.getOrDefault(metric, Map.of()).getOrDefault(variant.name(), Sample.EMPTY);
  }

  private static @Nullable Estimate estimate(Sample sample, double least, double most) {
    if (sample.units() == 0) {
      return null;
    }
    var interval = SHOWN.mean(sample);
    if (!Double.isFinite(interval.low())) {
      return new Estimate((long) sample.calls(), sample.mean(), null, null);
    }
    var within = interval.within(least, most);
    return new Estimate((long) sample.calls(), sample.mean(), within.low(), within.high());
  }
}

package dev.tollgate.operator.prompt;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.experiment.ExperimentStatus;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether an experiment is valid and served, what its variants have done, and what its guard
 * has found. What replicas have told stays until they tell something else.
 */
public final class ExperimentReconciler extends JudgedReconciler<Experiment, ExperimentStatus>
    implements AutoCloseable {

  private final ExperimentAnswers answers;

  public ExperimentReconciler(Surroundings around) {
    super(around, null, Experiment::new);
    answers = new ExperimentAnswers(around);
  }

  @Override
  protected void follow(Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    answers.follow(experiments, wake);
  }

  @Override
  protected Set<String> pools(Experiment experiment) {
    return around().resolution().shared().gatewayPools().keySet();
  }

  @Override
  protected boolean isServed(Experiment experiment) {
    var name = experiment.getMetadata().getName();
    return around().resolution().shared().experiments().containsKey(name);
  }

  @Override
  protected List<Wanted> told(Experiment experiment, @Nullable List<Condition> before) {
    var name = experiment.getMetadata().getName();
    var result = answers.result(name);
    return List.of(
        answers.isJudged(name)
            ? ExperimentVerdict.condition(answers.verdict(name))
            : Wanted.kept(before, "RolledBack"),
        result == null ? Wanted.kept(before, "SampleRatioMismatch") : result.condition());
  }

  @Override
  protected ExperimentStatus status(
      Experiment experiment, @Nullable Long generation, List<Condition> conditions) {
    var name = experiment.getMetadata().getName();
    var result = answers.result(name);
    if (result != null) {
      var verdict = answers.verdict(name);
      return new ExperimentStatus(
          generation,
          result.since(),
          result.calls(),
          result.leader(),
          verdict != null && verdict.rollback() ? ExperimentDecision.RolledBack : result.decision(),
          result.variants(),
          conditions);
    }
    var before = experiment.getStatus();
    return before == null
        ? new ExperimentStatus(generation, null, null, null, null, null, conditions)
        : new ExperimentStatus(
            generation,
            before.since(),
            before.calls(),
            before.leader(),
            before.decision(),
            before.variants(),
            conditions);
  }

  @Override
  public void close() {
    answers.close();
  }
}

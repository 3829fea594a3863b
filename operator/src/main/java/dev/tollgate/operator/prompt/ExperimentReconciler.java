package dev.tollgate.operator.prompt;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.experiment.ExperimentStatus;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether an experiment is valid and served. What its variants have done stays as it was. */
public final class ExperimentReconciler extends JudgedReconciler<Experiment, ExperimentStatus> {

  public ExperimentReconciler(Surroundings around) {
    super(around, null, Experiment::new, ExperimentStatus::conditions);
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
  protected ExperimentStatus status(
      Experiment experiment, @Nullable Long generation, List<Condition> conditions) {
    var before = experiment.getStatus();
    return before == null
        ? new ExperimentStatus(generation, null, null, null, null, conditions)
        : new ExperimentStatus(
            generation,
            before.calls(),
            before.leader(),
            before.decision(),
            before.variants(),
            conditions);
  }
}

package dev.tollgate.operator.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.operator.resolution.Question;
import dev.tollgate.operator.resolution.Rounds;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What replicas tell of experiments. Verdicts are asked for every five seconds; results, which are
 * counted from the calls of all shards, every half minute, or less often where that takes long, and
 * when the verdict has become another. Any replica may answer. Where nobody does, what is known
 * stays. Any thread; one of its own asks.
 */
final class ExperimentAnswers implements AutoCloseable {

  private static final Duration VERDICTS_EVERY = Duration.ofSeconds(5);

  /** Status is written at most so often for counts alone. */
  static final Duration RESULTS_EVERY = Duration.ofSeconds(30);

  private static final Duration RESULTS_PATIENCE = Duration.ofMinutes(1);

  /** Results are counted in at most one part in so many of the time. */
  private static final int SPARE = 10;

  private final Surroundings around;
  private final Question<Map<String, Optional<ExperimentVerdict>>> verdicts;
  private final Rounds rounds = new Rounds("experiments");

  /** Of each experiment that a replica serves, by name. */
  private volatile Map<String, Optional<ExperimentVerdict>> judged = Map.of();

  /** By name. */
  private final Map<String, Counted> counted = new ConcurrentHashMap<>();

  /** The results of an experiment. Only the asking thread touches what is not volatile. */
  private static final class Counted {
    final Question<ExperimentResult> question;
    volatile @Nullable ExperimentResult result;
    long due = System.nanoTime();

    Counted(Question<ExperimentResult> question) {
      this.question = question;
    }
  }

  ExperimentAnswers(Surroundings around) {
    this.around = around;
    verdicts = new Question<>(around.replicas(), "/tollgate/experiments", ExperimentAnswers::read);
  }

  /**
   * Begins to ask.
   *
   * @param wake called with each experiment of which something else is told
   */
  void follow(Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    rounds.start(VERDICTS_EVERY, () -> ask(experiments, wake));
  }

  /** Whether a replica has told of the guard of an experiment. */
  boolean isJudged(String experiment) {
    return judged.containsKey(experiment);
  }

  /** What its guard has found; null when nothing. */
  @Nullable ExperimentVerdict verdict(String experiment) {
    return judged.getOrDefault(experiment, Optional.empty()).orElse(null);
  }

  /** What was seen of it; null until a replica has told. */
  @Nullable ExperimentResult result(String experiment) {
    var known = counted.get(experiment);
    return known == null ? null : known.result;
  }

  private void ask(Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    if (experiments.get().findAny().isEmpty()) {
      return;
    }
    var pools = around.resolution().shared().gatewayPools().keySet();
    var answer = verdicts.ask(pools);
    if (answer.isEmpty()) {
      return;
    }
    var before = judged;
    var now = answer.get();
    judged = now;
    Predicate<String> otherwise =
        name -> now.containsKey(name) && !now.get(name).equals(before.get(name));
    // told before anything is counted, which may take long
    wake(experiments, otherwise, wake);
    counted.keySet().retainAll(now.keySet());
    for (var name : now.keySet()) {
      if (count(name, otherwise.test(name), pools)) {
        wake(experiments, name::equals, wake);
      }
    }
  }

  private static void wake(
      Supplier<Stream<Experiment>> experiments,
      Predicate<String> which,
      Consumer<ResourceID> wake) {
    experiments
        .get()
        .map(ResourceID::fromResource)
        .filter(id -> which.test(id.getName()))
        .forEach(wake);
  }

  /** Asks for results when it is time to; whether they are others than before. */
  private boolean count(String name, boolean atOnce, Set<String> pools) {
    var known =
        counted.computeIfAbsent(
            name,
            n ->
                new Counted(
                    new Question<>(
                        around.replicas(),
                        "/tollgate/experiments/" + n,
                        RESULTS_PATIENCE,
                        ExperimentResult::of)));
    var begun = System.nanoTime();
    if (!atOnce && begun - known.due < 0) {
      return false;
    }
    var now = known.question.ask(pools).orElse(known.result);
    var took = System.nanoTime() - begun;
    known.due = begun + Math.max(RESULTS_EVERY.toNanos(), SPARE * took);
    if (Objects.equals(now, known.result)) {
      return false;
    }
    known.result = now;
    return true;
  }

  private static Map<String, Optional<ExperimentVerdict>> read(JsonNode body) {
    Map<String, Optional<ExperimentVerdict>> verdicts = new HashMap<>();
    for (var experiment : body.path("experiments")) {
      verdicts.put(
          experiment.path("name").asText(), ExperimentVerdict.of(experiment.path("verdict")));
    }
    return Map.copyOf(verdicts);
  }

  @Override
  public void close() {
    rounds.close();
  }
}

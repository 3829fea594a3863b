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
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What replicas tell of experiments. Verdicts are asked for every five seconds; results, which are
 * counted from the calls of all shards, every half minute, or less often where that takes long, and
 * when the verdict has become another. Any replica may answer. Where nobody does, what is known
 * stays. Any thread; two of its own ask, so that a verdict does not wait for what is counted.
 */
final class ExperimentAnswers implements AutoCloseable {

  private static final Duration VERDICTS_EVERY = Duration.ofSeconds(5);

  /** How often is looked whether results are due. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** Status is written at most so often for counts alone. */
  static final Duration RESULTS_EVERY = Duration.ofSeconds(30);

  private static final Duration RESULTS_PATIENCE = Duration.ofMinutes(1);

  /** Results are counted in at most one part in so many of the time. */
  private static final int SPARE = 10;

  private final Surroundings around;
  private final Question<Map<String, Optional<ExperimentVerdict>>> verdicts;
  private final Rounds judging = new Rounds("experiment-verdicts");
  private final Rounds counting = new Rounds("experiment-results");

  /** Of each experiment that a replica serves, by name. */
  private volatile Map<String, Optional<ExperimentVerdict>> judged = Map.of();

  /** By name. */
  private final Map<String, Counted> counted = new ConcurrentHashMap<>();

  /** The results of an experiment; one thread asks for them. */
  private static final class Counted {
    final Question<ExperimentResult> question;
    volatile @Nullable ExperimentResult result;

    /** By {@link System#nanoTime}. */
    volatile long due = System.nanoTime();

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
    judging.start(VERDICTS_EVERY, () -> judge(experiments, wake));
    counting.start(LOOK_EVERY, () -> count(experiments, wake));
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

  private void judge(Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    if (experiments.get().findAny().isEmpty()) {
      judged = Map.of();
      counted.clear();
      return;
    }
    var answer = verdicts.ask(pools());
    if (answer.isEmpty()) {
      return;
    }
    var before = judged;
    var now = answer.get();
    judged = now;
    counted.keySet().retainAll(now.keySet());
    now.forEach((name, verdict) -> {
      if (!verdict.equals(before.get(name))) {
        counted(name).due = System.nanoTime();
        wake(name, experiments, wake);
      }
    });
  }

  private void count(Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    for (var name : judged.keySet()) {
      var known = counted(name);
      if (System.nanoTime() - known.due >= 0 && count(known)) {
        wake(name, experiments, wake);
      }
    }
  }

  /** Asks for results; whether they are others than before. */
  private boolean count(Counted known) {
    var begun = System.nanoTime();
    known.due = begun + RESULTS_EVERY.toNanos();
    var now = known.question.ask(pools()).orElse(known.result);
    var took = System.nanoTime() - begun;
    if (SPARE * took > RESULTS_EVERY.toNanos()) {
      known.due = begun + SPARE * took;
    }
    var others = !Objects.equals(now, known.result);
    known.result = now;
    return others;
  }

  private Counted counted(String name) {
    return counted.computeIfAbsent(
        name,
        n ->
            new Counted(
                new Question<>(
                    around.replicas(),
                    "/tollgate/experiments/" + n,
                    RESULTS_PATIENCE,
                    ExperimentResult::of)));
  }

  private Set<String> pools() {
    return around.resolution().shared().gatewayPools().keySet();
  }

  private static void wake(
      String name, Supplier<Stream<Experiment>> experiments, Consumer<ResourceID> wake) {
    experiments
        .get()
        .map(ResourceID::fromResource)
        .filter(id -> id.getName().equals(name))
        .forEach(wake);
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
    judging.close();
    counting.close();
  }
}

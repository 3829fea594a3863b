package dev.tollgate.ai.experiment;

import dev.tollgate.ai.experiment.CallReader.Seen;
import dev.tollgate.core.Seldom;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GuardView;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a second at the newest calls of each variant but the control, and gives a verdict when
 * one crosses a bound. {@link #check} waits for databases and is called by one thread.
 */
public final class Guards {

  private static final Logger LOG = LoggerFactory.getLogger(Guards.class);

  /** Calls looked at: these, or as many as the guard's minimum, up to the last number. */
  private static final int WINDOW = 1_000;

  private static final int WIDEST = 10_000;
  private static final int PERCENTILE = 95;

  private final Experiments experiments;
  private final ExperimentStore store;
  private final CallReader calls;
  private final InstantSource clock;
  private final Seldom unguarded = new Seldom();

  public Guards(
      Experiments experiments, ExperimentStore store, CallReader calls, InstantSource clock) {
    this.experiments = experiments;
    this.store = store;
    this.calls = calls;
    this.clock = clock;
  }

  /** Notes when each design begins, before the first call of it; on the thread that changes it. */
  public void begin(ServingState state) {
    try {
      state.shared().experiments().values().forEach(store::since);
    } catch (StoreException e) {
      LOG.warn("The beginning of an experiment is noted later: {}", e.getMessage());
    }
  }

  /** Takes over verdicts of all replicas, then judges what is not judged yet. */
  public void check() {
    try {
      experiments.judged(store.verdicts());
      for (var view : experiments.all().values()) {
        var _ = store.since(view);
        var guard = view.guard();
        if (experiments.verdict(view) == null && guard != null && judged(view, guard)) {
          experiments.judged(store.verdicts());
        }
      }
    } catch (StoreException e) {
      if (unguarded.now()) {
        LOG.warn("Experiments are not guarded just now: {}", e.getMessage());
      }
    }
  }

  private boolean judged(ExperimentView view, GuardView guard) {
    var since = store.since(view);
    var window = (int) Math.min(WIDEST, Math.max(WINDOW, guard.minimumCalls()));
    for (var variant : view.variants()) {
      if (variant.name().equals(view.control())) {
        continue;
      }
      var seen = calls.newest(view.name(), variant.name(), since, window);
      var reason =
          seen.size() < Math.min(WIDEST, guard.minimumCalls()) ? null : crossed(guard, seen);
      if (reason != null) {
        var verdict =
            new Verdict(view.name(), view.salt(), variant.name(), reason, clock.instant());
        if (store.judge(verdict)) {
          LOG.warn(
              "Experiment {}: {} {}: {}",
              view.name(),
              variant.name(),
              guard.rollback() ? "is rolled back" : "crosses its guard",
              reason);
        }
        return true;
      }
    }
    return false;
  }

  /** Which bound these calls cross, in a sentence; null for none. */
  static @Nullable String crossed(GuardView guard, List<Seen> seen) {
    var errorPercent = guard.errorPercent();
    if (errorPercent != null) {
      var failed = seen.stream().filter(Seen::failed).count();
      if (failed * 100 > (long) errorPercent * seen.size()) {
        return String.format(
            Locale.ROOT,
            "%.1f percent of the last %d calls failed, of at most %d",
            100.0 * failed / seen.size(),
            seen.size(),
            errorPercent);
      }
    }
    var latency = slow(guard.latencyP95(), seen, Seen::latencyMillis, "the whole time");
    return latency != null
        ? latency
        : slow(
            guard.firstTokenP95(),
            seen.stream().filter(s -> s.firstTokenMillis() >= 0).toList(),
            Seen::firstTokenMillis,
            "the time to the first token");
  }

  private static @Nullable String slow(
      @Nullable Duration bound, List<Seen> seen, ToIntFunction<Seen> millis, String what) {
    if (bound == null || seen.isEmpty()) {
      return null;
    }
    var sorted = seen.stream().mapToInt(millis).sorted().toArray();
    // the nearest rank: the least of which so many percent are no greater
    var rank = Math.ceilDiv(sorted.length * PERCENTILE, 100);
    var found = sorted[rank - 1];
    return found <= bound.toMillis()
        ? null
        : "the 95th percentile of %s of the last %d calls is %d ms, of at most %d"
            .formatted(what, sorted.length, found, bound.toMillis());
  }
}

package dev.tollgate.ai.experiment;

import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.VariantView;
import dev.tollgate.engine.experiment.Assignment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which variant a call gets. Reads one immutable state; never waits. */
public final class Experiments {

  private volatile Map<String, List<Running>> byPrompt = Map.of();
  private volatile Map<Rolled, Verdict> verdicts = Map.of();
  private volatile Map<String, ExperimentView> views = Map.of();

  /** What a verdict is about: the design under one salt. */
  private record Rolled(String experiment, String salt) {}

  private record Running(ExperimentView view, Assignment assignment, VariantView control) {}

  /**
   * The variant of a call.
   *
   * @param version of the prompt
   * @param unit 16 hex digits that stand for whom the variant stays with
   */
  public record Assigned(String experiment, String variant, int version, String unit) {}

  /** Follows the resources; on the thread that changes them. */
  public void follow(ServingState state) {
    var now = state.shared().experiments();
    if (now.equals(views)) {
      return;
    }
    Map<String, List<Running>> running = new HashMap<>();
    now.values().stream()
        .sorted(Comparator.comparing(ExperimentView::name))
        .forEach(view ->
            running.computeIfAbsent(view.prompt(), _ -> new ArrayList<>()).add(running(view)));
    running.replaceAll((_, list) -> List.copyOf(list));
    byPrompt = Map.copyOf(running);
    views = now;
  }

  private static Running running(ExperimentView view) {
    var shares =
        view.variants().stream().map(v -> new Assignment.Share(v.name(), v.weight())).toList();
    var control =
        view.variants().stream()
            .filter(v -> v.name().equals(view.control()))
            .findFirst()
            .orElse(view.variants().getFirst());
    return new Running(view, new Assignment(view.salt(), shares), control);
  }

  /** All experiments by name. */
  public Map<String, ExperimentView> all() {
    return views;
  }

  /** Follows the verdicts in the store. */
  public void judged(List<Verdict> known) {
    Map<Rolled, Verdict> now = HashMap.newHashMap(known.size());
    known.forEach(v -> now.put(new Rolled(v.experiment(), v.salt()), v));
    verdicts = Map.copyOf(now);
  }

  /** What was found of an experiment as it is now, or null. */
  public @Nullable Verdict verdict(ExperimentView view) {
    return verdicts.get(new Rolled(view.name(), view.salt()));
  }

  /** Whether everyone gets the control. */
  public boolean rolledBack(ExperimentView view) {
    var guard = view.guard();
    return guard != null && guard.rollback() && verdict(view) != null;
  }

  /**
   * The variant that a call gets; null when no experiment compares versions of the prompt.
   *
   * @param experiment by name; null for the first by name of the prompt's
   * @param usable whether the caller can get a version; one that can not get every version that the
   *     experiment gives out takes no part, or else some of its users would get no answer and the
   *     split would be another than the weights say
   * @param principal key or token; whom the variant stays with where no user is told
   * @param user of the tenant
   */
  public @Nullable Assigned assign(
      String prompt,
      @Nullable String experiment,
      IntPredicate usable,
      String tenantId,
      String principal,
      @Nullable String user) {
    var running = find(byPrompt.getOrDefault(prompt, List.of()), experiment, usable);
    if (running == null) {
      return null;
    }
    var view = running.view();
    var unit =
        switch (view.stickyBy()) {
          case Tenant -> tenantId;
          case Key -> tenantId + "/" + principal;
          case User -> tenantId + "/" + Objects.requireNonNullElse(user, principal);
        };
    var variant =
        rolledBack(view) ? running.control() : view.variants().get(running.assignment().of(unit));
    return new Assigned(
        view.name(),
        variant.name(),
        variant.version(),
        HexFormat.of().toHexDigits(running.assignment().hash(unit)));
  }

  private @Nullable Running find(
      List<Running> list, @Nullable String experiment, IntPredicate usable) {
    for (var running : list) {
      if ((experiment == null || running.view().name().equals(experiment))
          && given(running).allMatch(usable)) {
        return running;
      }
    }
    return null;
  }

  /** The versions that somebody gets. */
  private IntStream given(Running running) {
    return rolledBack(running.view())
        ? IntStream.of(running.control().version())
        : running.view().variants().stream()
            .filter(v -> v.weight() > 0)
            .mapToInt(VariantView::version);
  }
}

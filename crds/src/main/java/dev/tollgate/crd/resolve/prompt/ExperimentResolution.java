package dev.tollgate.crd.resolve.prompt;

import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.experiment.ExperimentMetric;
import dev.tollgate.crd.experiment.ExperimentSpec;
import dev.tollgate.crd.experiment.Guard;
import dev.tollgate.crd.experiment.GuardAction;
import dev.tollgate.crd.experiment.StickyBy;
import dev.tollgate.crd.experiment.Variant;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.value.Durations;
import dev.tollgate.crd.value.Names;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GuardView;
import dev.tollgate.crd.view.PromptView;
import dev.tollgate.crd.view.VariantView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Experiments. One whose prompt or version is missing is not served at all: without one of its
 * sides it would be another experiment.
 */
public final class ExperimentResolution {
  private static final String CONTROL = "control";
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private ExperimentResolution() {}

  /** All experiments that are served. */
  public static Map<String, ExperimentView> resolveAll(
      Manifests manifests, Map<String, PromptView> prompts, List<Finding> findings) {
    Map<String, ExperimentView> views = new HashMap<>();
    manifests
        .experiments()
        .forEach((name, experiment) -> {
          ExperimentView view =
              one(name, experiment, prompts, new Findings("Experiment", name, findings));
          if (view != null) {
            views.put(name, view);
          }
        });
    return views;
  }

  private static @Nullable ExperimentView one(
      String name, Experiment experiment, Map<String, PromptView> prompts, Findings to) {
    ExperimentSpec spec = experiment.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    List<VariantView> variants = variants(spec.variants(), to);
    String control = control(spec, to);
    GuardView guard = guard(spec.guard(), to);
    boolean complete = versions(spec, prompts.get(spec.prompt()), to);
    if (to.refused() || !complete) {
      return null;
    }
    return new ExperimentView(
        name,
        spec.prompt(),
        spec.salt() == null || spec.salt().isEmpty() ? name : spec.salt(),
        spec.stickyBy() == null ? StickyBy.User : spec.stickyBy(),
        variants,
        guard,
        control,
        spec.decideBy() == null ? ExperimentMetric.Score : spec.decideBy(),
        spec.confidencePercent() == null ? 95 : spec.confidencePercent());
  }

  private static List<VariantView> variants(List<Variant> variants, Findings to) {
    if (variants.size() < 2) {
      to.refuse(
          "TooFewVariants",
          "spec.variants",
          "nothing is compared; name at least two variants, one of them what is served today");
      return List.of();
    }
    List<VariantView> views = new ArrayList<>(variants.size());
    Set<String> names = new HashSet<>();
    long weights = 0;
    for (int i = 0; i < variants.size(); i++) {
      Variant variant = variants.get(i);
      if (!names.add(variant.name())) {
        to.refuse(
            "DuplicateName",
            "spec.variants[" + i + "].name",
            "two variants are named " + variant.name() + "; rename one");
      }
      int weight = variant.weight() == null ? 1 : variant.weight();
      weights += weight;
      views.add(new VariantView(variant.name(), variant.version(), weight));
    }
    if (weights == 0) {
      to.refuse(
          "AllWeightsZero",
          "spec.variants",
          "every variant has weight 0, so nobody gets one; give one a weight of at least 1");
    }
    return List.copyOf(views);
  }

  private static String control(ExperimentSpec spec, Findings to) {
    List<String> names = spec.variants().stream().map(Variant::name).toList();
    if (spec.control() != null && !names.contains(spec.control())) {
      to.refuse(
          "ControlNotFound",
          "spec.control",
          "there is no variant "
              + Names.printable(spec.control())
              + "; name one of "
              + String.join(", ", names));
    }
    return spec.control() != null
        ? spec.control()
        : names.contains(CONTROL) || names.isEmpty() ? CONTROL : names.getFirst();
  }

  private static @Nullable GuardView guard(@Nullable Guard guard, Findings to) {
    if (guard == null) {
      return null;
    }
    if (guard.errorPercent() == null
        && guard.latencyP95() == null
        && guard.firstTokenP95() == null) {
      to.refuse(
          "GuardWithoutBound",
          "spec.guard",
          "the guard watches nothing; set errorPercent, latencyP95 or firstTokenP95");
    }
    return new GuardView(
        guard.errorPercent(),
        duration(guard.latencyP95(), "spec.guard.latencyP95", to),
        duration(guard.firstTokenP95(), "spec.guard.firstTokenP95", to),
        guard.minimumCalls() == null ? 100 : guard.minimumCalls(),
        guard.action() != GuardAction.Alert);
  }

  private static @Nullable Duration duration(@Nullable String text, String path, Findings to) {
    return text == null ? null : Durations.read(text, HOUR, MILLI, HOUR, path, to);
  }

  private static boolean versions(ExperimentSpec spec, @Nullable PromptView prompt, Findings to) {
    if (prompt == null) {
      to.unresolved(
          "PromptNotFound",
          "spec.prompt",
          "PromptTemplate "
              + spec.prompt()
              + " is not there or not valid; create it or name another");
      return false;
    }
    boolean complete = true;
    for (int i = 0; i < spec.variants().size(); i++) {
      int version = spec.variants().get(i).version();
      if (!prompt.versions().containsKey(version)) {
        to.unresolved(
            "VersionNotFound",
            "spec.variants[" + i + "].version",
            "PromptTemplate "
                + spec.prompt()
                + " has no version "
                + version
                + "; add it there or name another");
        complete = false;
      }
    }
    return complete;
  }
}

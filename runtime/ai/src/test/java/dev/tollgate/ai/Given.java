package dev.tollgate.ai;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Scopes;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.experiment.ExperimentMetric;
import dev.tollgate.crd.experiment.StickyBy;
import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.plan.Priority;
import dev.tollgate.crd.resolve.Disks;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GuardView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.crd.view.PromptVersionView;
import dev.tollgate.crd.view.PromptView;
import dev.tollgate.crd.view.ShardPoolView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.crd.view.VariantView;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Resolved resources for tests. */
public final class Given {

  public static final String SQL_VARIABLES =
      """
      {"type":"object","required":["query"],"properties":{"tone":{"type":"string","default":"concise"},\
      "query":{"type":"string","maxLength":4000}}}\
      """;

  private Given() {}

  /** The sample of the documentation; its digest stands for its system message. */
  public static PromptVersionView version(int number, String system) {
    return version(number, "llama3", system);
  }

  /** The same for another model. */
  public static PromptVersionView version(int number, String model, String system) {
    return new PromptVersionView(
        number,
        model,
        "{\"temperature\":0.2}",
        List.of(
            new PromptMessageView("system", system), new PromptMessageView("user", "{{ query }}")),
        SQL_VARIABLES,
        "%064x".formatted(system.hashCode()));
  }

  public static PromptView prompt(Map<String, Integer> labels, PromptVersionView... versions) {
    return new PromptView(
        "sql-fixer",
        "sql-fixer",
        Arrays.stream(versions)
            .collect(Collectors.toMap(PromptVersionView::version, Function.identity())),
        labels);
  }

  public static ExperimentView experiment(
      String salt, StickyBy stickyBy, @Nullable GuardView guard, int... weights) {
    List<VariantView> variants = new java.util.ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      variants.add(
          new VariantView(
              i == 0 ? "control" : "treatment-" + (char) ('a' + i - 1), i + 1, weights[i]));
    }
    return new ExperimentView(
        "pax-2024-q3",
        "sql-fixer",
        salt,
        stickyBy,
        variants,
        guard,
        "control",
        ExperimentMetric.Score,
        95);
  }

  public static TenantView tenant(String id, String... models) {
    var plan =
        new PlanView(
            "basic",
            "Basic",
            "1",
            0,
            null,
            Map.of(),
            Set.of(),
            Set.of(models),
            null,
            Priority.Normal,
            Isolation.Shared,
            "default",
            "default",
            List.of());
    return new TenantView(
        id,
        "local",
        id,
        id,
        null,
        plan,
        ZoneOffset.UTC,
        false,
        "default",
        "default",
        "default-0",
        List.of(),
        List.of(),
        null,
        null,
        Map.of());
  }

  public static Principal principal(String tenant, String... models) {
    return new Principal(tenant(tenant, models), "key:1", Scopes.ALL, null);
  }

  public static ServingState state(List<PromptView> prompts, List<ExperimentView> experiments) {
    var shared =
        new Shared(
            Map.of(),
            List.of(),
            Map.of(),
            new HashMap<String, ShardPoolView>(),
            Map.of(),
            List.of(),
            Map.of(),
            List.of(),
            prompts.stream().collect(Collectors.toMap(PromptView::name, Function.identity())),
            experiments.stream()
                .collect(Collectors.toMap(ExperimentView::name, Function.identity())),
            null,
            Disks.ONE);
    return new ServingState(1, shared, Map.of(), Map.of());
  }
}

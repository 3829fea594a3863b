package dev.tollgate.app.wiring;

import dev.tollgate.ai.experiment.CallReader;
import dev.tollgate.ai.experiment.ExperimentStore;
import dev.tollgate.ai.experiment.Experiments;
import dev.tollgate.ai.experiment.Guards;
import dev.tollgate.ai.experiment.ResultsReader;
import dev.tollgate.ai.prompt.PromptCalls;
import dev.tollgate.ai.prompt.PromptCatalog;
import dev.tollgate.ai.prompt.PromptStore;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.crd.view.TenantView;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.stream.Collectors;

/** Makes prompts and experiments, and keeps them up to date. */
@Factory
final class Prompts {

  private static final InstantSource CLOCK = InstantSource.system();

  @Singleton
  PromptCatalog catalog(PromptStore store) {
    return new PromptCatalog(store);
  }

  @Singleton
  Experiments experiments() {
    return new Experiments();
  }

  @Singleton
  PromptCalls calls(PromptCatalog catalog, Experiments experiments) {
    return new PromptCalls(catalog, experiments);
  }

  @Singleton
  CallReader callReader(LiveServing serving, Databases databases) {
    return new CallReader(
        databases,
        () ->
            serving.current().tenants().values().stream()
                .map(TenantView::shard)
                .collect(Collectors.toSet()));
  }

  @Singleton
  ResultsReader results(Experiments experiments, ExperimentStore store, CallReader calls) {
    return new ResultsReader(experiments, store, calls, CLOCK);
  }

  @Singleton
  Guards guards(Experiments experiments, ExperimentStore store, CallReader calls) {
    return new Guards(experiments, store, calls, CLOCK);
  }

  /** Begins before the source does, so that no call comes before its prompts. */
  @Context
  Following following(
      LiveServing serving,
      PromptCatalog catalog,
      Experiments experiments,
      Guards guards,
      RuntimeFactory.Periodic periodic) {
    serving.onChange(catalog::follow);
    serving.onChange(guards::begin);
    serving.onChange(experiments::follow);
    periodic.every(1, catalog::refresh);
    periodic.every(1, guards::check);
    return new Following();
  }

  /** That prompts and experiments follow the resources. */
  static final class Following {}
}

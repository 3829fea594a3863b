package dev.tollgate.ai.prompt;

import dev.tollgate.ai.experiment.Experiments;
import dev.tollgate.ai.experiment.Experiments.Assigned;
import dev.tollgate.core.access.Principal;
import dev.tollgate.crd.view.TenantView;
import org.jspecify.annotations.Nullable;

/**
 * From the name of a prompt to what is sent to a model. Never waits; any thread, though a large
 * template may take some milliseconds.
 */
public final class PromptCalls {

  private final PromptCatalog catalog;
  private final Experiments experiments;

  public PromptCalls(PromptCatalog catalog, Experiments experiments) {
    this.catalog = catalog;
    this.experiments = experiments;
  }

  /**
   * Chooses the version and renders it.
   *
   * @throws PromptException when the tenant has no such prompt, version or experiment, or the
   *     variables are not the prompt's
   */
  public RenderedPrompt resolve(Principal principal, WantedPrompt reference) {
    var tenant = principal.tenant();
    var prompt = prompt(tenant, reference.name());
    var assigned = assigned(principal, prompt, reference);
    var version = version(prompt, reference, assigned);
    if (version == null || !allowed(tenant, version)) {
      throw PromptException.noVersion(prompt.name(), wanted(reference));
    }
    var view = version.view();
    return new RenderedPrompt(
        view.model(),
        view.parameters(),
        version.render(reference.variables()),
        prompt.name(),
        view.version(),
        assigned == null ? "" : assigned.experiment(),
        assigned == null ? "" : assigned.variant(),
        assigned == null ? "" : assigned.unit());
  }

  /**
   * A prompt that a tenant may use: one with a model that its plan allows.
   *
   * @throws PromptException when there is none
   */
  ServedPrompt prompt(TenantView tenant, String name) {
    var prompt = catalog.find(name);
    if (prompt == null || prompt.versions().values().stream().noneMatch(v -> allowed(tenant, v))) {
      throw PromptException.noPrompt(name);
    }
    return prompt;
  }

  /** Whether the plan of a tenant has the version's model; a plan that names none has all. */
  static boolean allowed(TenantView tenant, CompiledVersion version) {
    var models = tenant.plan().models();
    return models.isEmpty() || models.contains(version.view().model());
  }

  private @Nullable Assigned assigned(
      Principal principal, ServedPrompt prompt, WantedPrompt reference) {
    if (reference.version() != null || reference.label() != null) {
      return null;
    }
    var assigned =
        experiments.assign(
            reference.name(),
            reference.experiment(),
            number -> {
              var version = prompt.versions().get(number);
              return version != null && allowed(principal.tenant(), version);
            },
            principal.tenant().tenantId(),
            principal.id(),
            reference.user());
    if (assigned == null && reference.experiment() != null) {
      throw PromptException.noExperiment(reference.name(), reference.experiment());
    }
    return assigned;
  }

  private static @Nullable CompiledVersion version(
      ServedPrompt prompt, WantedPrompt reference, @Nullable Assigned assigned) {
    if (assigned != null) {
      return prompt.versions().get(assigned.version());
    }
    if (reference.version() != null) {
      return prompt.versions().get(reference.version());
    }
    return reference.label() == null ? prompt.usual() : prompt.labelled(reference.label());
  }

  private static @Nullable Object wanted(WantedPrompt reference) {
    if (reference.version() != null) {
      return reference.version();
    }
    return reference.label() == null ? ServedPrompt.DEFAULT_LABEL : reference.label();
  }
}

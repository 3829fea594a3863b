package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a call says of the prompt it wants. At most one of version, label and experiment; with none,
 * the experiment that compares versions of the prompt, if there is one, else the label {@code
 * production}, else the newest version.
 *
 * @param variables an empty object when none are given
 * @param user of the tenant, whom an experiment that is sticky by user knows by it
 */
public record WantedPrompt(
    String name,
    @Nullable Integer version,
    @Nullable String label,
    @Nullable String experiment,
    ObjectNode variables,
    @Nullable String user) {

  public WantedPrompt {
    var said = (version == null ? 0 : 1) + (label == null ? 0 : 1) + (experiment == null ? 0 : 1);
    if (said > 1) {
      throw PromptException.unclear("Give at most one of version, label and experiment.");
    }
  }
}

package dev.tollgate.ai.prompt;

import dev.tollgate.crd.view.PromptMessageView;
import java.util.List;
import java.util.Locale;

/**
 * A prompt that is ready for its model, and what its call is recorded with.
 *
 * @param model as clients name it
 * @param parameters JSON object
 * @param prompt name of the PromptTemplate
 * @param experiment name, or empty where the call is not part of one
 * @param variant of the experiment, or empty
 * @param unit 16 hex digits that stand for whom the variant stays with, or empty
 */
public record RenderedPrompt(
    String model,
    String parameters,
    List<PromptMessageView> messages,
    String prompt,
    int version,
    String experiment,
    String variant,
    String unit) {

  public RenderedPrompt {
    messages = List.copyOf(messages);
  }

  /** Version and name in one word, such as {@code v2_sql_fixer}. */
  public String promptId() {
    return "v" + version + "_" + prompt.toLowerCase(Locale.ROOT).replace('-', '_');
  }
}

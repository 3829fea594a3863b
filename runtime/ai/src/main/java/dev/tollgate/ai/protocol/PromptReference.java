package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a chat call names in the member {@code prompt}, an extension to each chat dialect
 * but OpenAI's responses.
 *
 * @param name the prompt's name
 * @param version the version wanted; null when a label or the default is wanted
 * @param label the label wanted; null when a version or the default is wanted
 * @param variables the values, as they came
 */
public record PromptReference(
    String name, @Nullable String version, @Nullable String label, ObjectNode variables) {

  public PromptReference {
    if (version != null && label != null) {
      throw new IllegalArgumentException("a prompt is named by a version or a label, not by both");
    }
  }
}

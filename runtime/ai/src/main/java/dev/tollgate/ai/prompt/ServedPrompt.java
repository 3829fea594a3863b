package dev.tollgate.ai.prompt;

import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as it is served.
 *
 * @param versions at least one
 * @param labels to versions that are there
 */
public record ServedPrompt(
    String name,
    String displayName,
    NavigableMap<Integer, CompiledVersion> versions,
    Map<String, Integer> labels) {

  /** The label that is meant when a call names none. */
  public static final String DEFAULT_LABEL = "production";

  public ServedPrompt {
    labels = Map.copyOf(labels);
  }

  /** The version a label points to, or null. */
  public @Nullable CompiledVersion labelled(String label) {
    var version = labels.get(label);
    return version == null ? null : versions.get(version);
  }

  /** The version that is meant when a call says nothing: {@code production}, else the newest. */
  public CompiledVersion usual() {
    var labelled = labelled(DEFAULT_LABEL);
    return labelled == null ? versions.lastEntry().getValue() : labelled;
  }
}

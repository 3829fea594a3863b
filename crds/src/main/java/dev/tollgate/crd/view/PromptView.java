package dev.tollgate.crd.view;

import java.util.List;
import java.util.Map;

/**
 * A prompt: versions by number, and labels that point to them.
 *
 * @param versions in the order in which the resource has them
 */
public record PromptView(
    String name,
    String displayName,
    Map<Integer, PromptVersionView> versions,
    Map<String, Integer> labels) {

  /** The place of a version in the resource. */
  public String path(int version) {
    return "spec.versions[" + List.copyOf(versions.keySet()).indexOf(version) + "]";
  }
}

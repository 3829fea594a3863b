package dev.tollgate.crd.manifest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;

/** Writes resources so that {@link ManifestReader} reads them again: JSON, which is YAML too. */
public final class ManifestWriter {
  private static final ObjectMapper JSON =
      new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

  private ManifestWriter() {}

  /** One document a resource, a line each. */
  public static String write(Collection<? extends HasMetadata> resources) {
    StringBuilder text = new StringBuilder();
    for (HasMetadata resource : resources) {
      try {
        text.append("---\n").append(JSON.writeValueAsString(resource)).append('\n');
      } catch (JsonProcessingException broken) {
        throw new IllegalStateException("a resource that was read can be written", broken);
      }
    }
    return text.toString();
  }
}

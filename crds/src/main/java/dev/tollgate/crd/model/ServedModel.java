package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A model on a server. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ServedModel(
    @JsonPropertyDescription(
            "What it is called there; pulled by this name from the engine's library unless from says otherwise.")
        @Required
        @Pattern("^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$")
        String name,
    @JsonPropertyDescription("Create it from a GGUF file.") @Nullable ModelFile from) {

  private static final String DEFAULT_REGISTRY = "registry.ollama.ai/";
  private static final String DEFAULT_NAMESPACE = "library/";

  /**
   * A name as Ollama lists it: without the registry and namespace that it takes by itself, and with
   * the tag latest where there is none.
   */
  public static String tagged(String name) {
    var bare = without(DEFAULT_NAMESPACE, without(DEFAULT_REGISTRY, name));
    return bare.indexOf(':', bare.lastIndexOf('/') + 1) < 0 ? bare + ":latest" : bare;
  }

  private static String without(String start, String name) {
    return name.startsWith(start) ? name.substring(start.length()) : name;
  }
}

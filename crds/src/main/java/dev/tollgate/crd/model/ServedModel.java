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

  /** A full name: one without a tag means the one tagged latest, as Ollama has it. */
  public static String tagged(String name) {
    return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + ":latest" : name;
  }
}

package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;

/** A name for a version, such as production. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptLabel(
    @JsonPropertyDescription("Name, unique in the template.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription("Number of the version.") @Required @Min(1) @Max(1000000)
        int version) {}

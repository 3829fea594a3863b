package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One side of the comparison. */
@ValidationRule(
    value = "self.version == oldSelf.version",
    message = "a variant never changes its version; add another variant")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Variant(
    @JsonPropertyDescription("Name, unique in the experiment.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription("Version of the prompt.") @Required @Min(1) @Max(1000000) int version,
    @JsonPropertyDescription("Share of the units; 1 when absent.")
        @Min(0)
        @Max(1000000)
        @Default("1")
        @Nullable Integer weight) {}

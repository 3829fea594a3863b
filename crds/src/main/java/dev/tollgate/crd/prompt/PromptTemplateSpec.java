package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A prompt in versions. */
@ValidationRule(
    value =
        "!has(self.labels) || self.labels.all(l, self.versions.exists(v, v.version == l.version))",
    message = "a label points to a version that is there")
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptTemplateSpec(
    @JsonPropertyDescription("Name for people.") @Nullable String displayName,
    @JsonPropertyDescription("The versions; one never changes once it was accepted.") @Required
        List<PromptVersion> versions,
    @JsonPropertyDescription("Names that point to versions and may move.")
        @Nullable List<PromptLabel> labels) {}

package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the template. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptTemplateStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Highest version that is served.") @Nullable Integer latest,
    @JsonPropertyDescription("Versions that were accepted.")
        @Nullable List<AcceptedVersion> versions,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}

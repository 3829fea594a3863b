package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the experiment. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExperimentStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Since when is counted, in UTC: when the design began to be served.")
        @Nullable String since,
    @JsonPropertyDescription("Calls since then.") @Nullable Long calls,
    @JsonPropertyDescription("Variant that does best so far.") @Nullable String leader,
    @JsonPropertyDescription("How far it has come: Collecting, Decided or RolledBack.")
        @Nullable ExperimentDecision decision,
    @JsonPropertyDescription("Each variant.") @Nullable List<VariantResult> variants,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, RolledBack, SampleRatioMismatch.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}

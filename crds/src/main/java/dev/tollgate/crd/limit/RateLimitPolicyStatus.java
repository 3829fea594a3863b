package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RateLimitPolicyStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Accepted, ResolvedRefs.") @Nullable List<Condition> conditions)
    implements Conditioned {}

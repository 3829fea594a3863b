package dev.tollgate.crd.tenant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the tenant. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TenantStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "The identity that all rows, counters and Secrets are named by; never reused.")
        @Nullable String id,
    @JsonPropertyDescription("Where its data is.") @Nullable String shard,
    @JsonPropertyDescription("Secret that holds the first API key.") @Nullable String keySecret,
    @JsonPropertyDescription("SHA-256 of the first API key, in hex.") @Nullable String keyHash,
    @JsonPropertyDescription("How far into the included quantity.") @Nullable QuotaState quota,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, Ready.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}

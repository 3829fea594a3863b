package dev.tollgate.crd.shard;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the pool. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ShardPoolStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Shards that answer.") @Nullable Integer readyShards,
    @JsonPropertyDescription("Tenants placed on it.") @Nullable Integer tenants,
    @JsonPropertyDescription(
            "GatewayPool on whose disk the tenants of an Embedded pool are, which alone serves them.")
        @Nullable String gatewayPool,
    @JsonPropertyDescription("Accepted, Ready, Connected.") @Nullable List<Condition> conditions)
    implements Conditioned {}

package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the pool. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GatewayPoolStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Replicas wanted.") @Nullable Integer replicas,
    @JsonPropertyDescription("Replicas that answer.") @Nullable Integer readyReplicas,
    @JsonPropertyDescription("Address of the Service inside the cluster.") @Nullable String address,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, Ready, Connected, Drained.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}

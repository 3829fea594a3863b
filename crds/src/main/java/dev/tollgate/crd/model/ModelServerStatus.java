package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the server. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelServerStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Replicas wanted.") @Nullable Integer replicas,
    @JsonPropertyDescription("Replicas that answer.") @Nullable Integer readyReplicas,
    @JsonPropertyDescription("Models that every replica has, of those wanted, such as 1/2.")
        @Nullable String modelsReady,
    @JsonPropertyDescription("Address of the Service inside the cluster.") @Nullable String address,
    @JsonPropertyDescription("Each model.") @Nullable List<ModelState> models,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, Ready.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}

package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** Where placements, keys and the outbox live. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PlatformDatabase(
    @JsonPropertyDescription("Name of the ShardPool; its first shard holds the platform database.")
        @Required
        String shardPool) {}

package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** The Kafka that events go through. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Kafka(
    @JsonPropertyDescription("host:port, comma separated.") @Required String bootstrapServers) {}

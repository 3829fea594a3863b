package dev.tollgate.crd.common;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** One key of a Secret in the same namespace. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SecretRef(
    @JsonPropertyDescription("Name of the Secret.") @Required String name,
    @JsonPropertyDescription("Key inside the Secret.") @Required String key) {}

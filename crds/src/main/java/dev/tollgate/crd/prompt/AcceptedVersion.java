package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A version that was accepted and never changes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record AcceptedVersion(
    @JsonPropertyDescription("Its number.") @Required int version,
    @JsonPropertyDescription("SHA-256 of all it says, in hex.") @Required String digest) {}

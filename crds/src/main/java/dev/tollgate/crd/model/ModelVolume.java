package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A volume with model files. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelVolume(
    @JsonPropertyDescription("A PersistentVolumeClaim of the namespace.") @Required
        String claimName) {}

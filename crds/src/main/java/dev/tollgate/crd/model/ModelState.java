package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One model on the server. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelState(
    @JsonPropertyDescription("Its name there.") @Required String name,
    @JsonPropertyDescription("How far it has come.") @Required ModelPhase state,
    @JsonPropertyDescription("Bytes that it takes on disk.") @Nullable Long sizeBytes,
    @JsonPropertyDescription("Why, when it is not Ready.") @Nullable String message) {}

package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What a caller must have. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Requires(
    @JsonPropertyDescription(
            "A scope that the key or token needs, in place of apis:use or models:use.")
        @Nullable String scope,
    @JsonPropertyDescription("A feature of the plan.") @Nullable String feature) {}

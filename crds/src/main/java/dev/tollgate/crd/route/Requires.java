package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What a caller must have. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Requires(
    @JsonPropertyDescription("A scope of the key or token.") @Nullable String scope,
    @JsonPropertyDescription("A feature of the plan.") @Nullable String feature) {}

package dev.tollgate.crd.common;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A resource of the same namespace, by name. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LocalRef(
    @JsonPropertyDescription("Name of the resource.") @Required String name,
    @JsonPropertyDescription(
            "A listener of a pool, and only where it is the pool's only one: routes are on all.")
        @Nullable String sectionName) {}

package dev.tollgate.crd.common;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a resource's status, as in KEP-1623. {@code status} is True, False or Unknown;
 * {@code lastTransitionTime} is RFC 3339 in UTC.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Condition(
    @Required String type,
    @Required String status,
    @Required String reason,
    @Required @JsonPropertyDescription("What is so, and what to do about it.") String message,
    @Required String lastTransitionTime,
    @Nullable Long observedGeneration) {}

package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A mean and its interval, as decimal numbers. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MeanInterval(
    @JsonPropertyDescription("The mean.") @Required String mean,
    @JsonPropertyDescription("Lower end of the interval.") @Required String low,
    @JsonPropertyDescription("Upper end of the interval.") @Required String high) {}

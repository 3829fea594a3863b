package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A mean and its interval, as decimal numbers; no interval while fewer than 50 units were seen. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MeanInterval(
    @JsonPropertyDescription("The mean.") @Required String mean,
    @JsonPropertyDescription("Lower end of the interval; absent below 50 units.")
        @Nullable String low,
    @JsonPropertyDescription("Upper end of the interval; absent below 50 units.")
        @Nullable String high) {}

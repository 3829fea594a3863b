package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * Keeps whole answers to calls that are equal to the letter; a tenant never sees those of another.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelCache(
    @JsonPropertyDescription("How long an answer is kept.")
        @JsonProperty("for")
        @Required
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        String forDuration,
    @JsonPropertyDescription(
            "Share of the price that an answer from the cache is billed, in percent; 0 when absent.")
        @Min(0)
        @Max(100)
        @Default("0")
        @Nullable Integer hitPercent) {}

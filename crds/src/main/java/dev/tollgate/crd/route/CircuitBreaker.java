package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** Stops asking a backend that fails. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CircuitBreaker(
    @JsonPropertyDescription("Share of failures that opens it; 50 when absent.")
        @Min(1)
        @Max(100)
        @Default("50")
        @Nullable Integer failurePercent,
    @JsonPropertyDescription("Over which time; 60s when absent.")
        @Default("60s")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String window,
    @JsonPropertyDescription("Calls before it may open; 20 when absent.")
        @Min(1)
        @Max(1000000)
        @Default("20")
        @Nullable Integer minimumCalls,
    @JsonPropertyDescription("How long it stays open; 30s when absent.")
        @Default("30s")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String openFor) {}

package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** Limits on time, as GEP-2257 durations. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelTimeouts(
    @JsonPropertyDescription("To connect; 2s, or less where total is, when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String connect,
    @JsonPropertyDescription(
            "From the call to the first content; 30s, or total where that is less, when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String firstToken,
    @JsonPropertyDescription(
            "How long a backend may say nothing, not even a ping, after the first content; 30s, or total"
                + " where that is less, when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String silence,
    @JsonPropertyDescription(
            "From the call to the end of the answer, waiting included; 90s when absent.")
        @Default("90s")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String total,
    @JsonPropertyDescription(
            "A comment is sent to a streaming client after this long without content; 10s when absent.")
        @Default("10s")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String heartbeat) {}

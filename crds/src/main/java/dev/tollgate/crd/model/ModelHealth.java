package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** Asking the backends how they are. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelHealth(
    @JsonPropertyDescription("How often; 30s when absent.")
        @Default("30s")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String interval) {}

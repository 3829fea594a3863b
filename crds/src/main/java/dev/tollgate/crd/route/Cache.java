package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** Keeps answers as RFC 9111 allows. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Cache(
    @JsonProperty("for")
        @JsonPropertyDescription("Freshness of answers that state none.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String forDuration) {}

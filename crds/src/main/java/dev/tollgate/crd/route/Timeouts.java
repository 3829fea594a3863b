package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Limits on time, as GEP-2257 durations. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Timeouts(
    @JsonPropertyDescription("To connect; 1s when absent.") @Nullable String connect,
    @JsonPropertyDescription("From the request to the end of the response head; 30s when absent.")
        @Nullable String request,
    @JsonPropertyDescription("Without a byte either way; 60s when absent.")
        @Nullable String idle) {}

package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** What one replica should carry; the pool grows when it carries more. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Targets(
    @JsonPropertyDescription("Processor use in percent of the request.") @Min(1) @Max(100)
        @Nullable Integer cpuPercent,
    @JsonPropertyDescription("Requests a second.") @Min(1) @Nullable Long requestsPerSecond,
    @JsonPropertyDescription("Open connections.") @Min(1) @Nullable Long connections) {}

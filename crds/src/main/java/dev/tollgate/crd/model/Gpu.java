package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** Graphics processors. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Gpu(
    @JsonPropertyDescription("Name of the resource; nvidia.com/gpu when absent.")
        @Default("nvidia.com/gpu")
        @Nullable String resource,
    @JsonPropertyDescription("How many.") @Required @Min(1) @Max(16) int count,
    @JsonPropertyDescription("Runtime class of the pods.") @Nullable String runtimeClassName) {}

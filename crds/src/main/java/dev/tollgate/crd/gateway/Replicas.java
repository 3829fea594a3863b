package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How many replicas. */
@ValidationRule(
    value = "!has(self.max) || self.max >= (has(self.min) ? self.min : 1)",
    message = "max is at least min")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Replicas(
    @JsonPropertyDescription("At least; 1 when absent.") @Min(1) @Max(1000) @Default("1")
        @Nullable Integer min,
    @JsonPropertyDescription("At most; min when absent.") @Min(1) @Max(1000) @Nullable Integer max,
    @JsonPropertyDescription("When to grow.") @Nullable Targets targets) {}

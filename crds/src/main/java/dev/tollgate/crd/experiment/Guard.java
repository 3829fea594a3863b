package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Bounds for every variant but the control; at least one is given. */
@ValidationRule(
    value = "has(self.errorPercent) || has(self.latencyP95) || has(self.firstTokenP95)",
    message = "a guard has at least one bound")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Guard(
    @JsonPropertyDescription("Failed calls at most, in percent.") @Min(0) @Max(100)
        @Nullable Integer errorPercent,
    @JsonPropertyDescription("95th percentile of the whole time of a call at most.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String latencyP95,
    @JsonPropertyDescription("95th percentile of the time to the first token at most.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String firstTokenP95,
    @JsonPropertyDescription("Calls of a variant before it is judged; 100 when absent.")
        @Min(1)
        @Max(1000000)
        @Default("100")
        @Nullable Long minimumCalls,
    @JsonPropertyDescription(
            "Rollback gives everyone the control; Alert only says so. Rollback when absent.")
        @Default("Rollback")
        @Nullable GuardAction action) {}

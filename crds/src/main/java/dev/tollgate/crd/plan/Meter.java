package dev.tollgate.crd.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that is counted. */
@ValidationRule(
    value = "has(self.included) || !has(self.overage) || self.overage.mode != 'Block'",
    message = "without included, mode Block would refuse every request; set included")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Meter(
    @JsonPropertyDescription("requests, bytes, tokens or money.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,30}$")
        String name,
    @JsonPropertyDescription("Units a cycle that the price of the plan includes; none when absent.")
        @Min(0)
        @Nullable Long included,
    @JsonPropertyDescription(
            "Beyond the included quantity; when absent Block where something is included, else Allow.")
        @Nullable Overage overage,
    @JsonPropertyDescription(
            "Percentages of the included quantity at which an alert is raised; where overage is"
                + " Block, one is always raised at 100.")
        @Nullable List<@Max(1000) Integer> alertPercents) {}

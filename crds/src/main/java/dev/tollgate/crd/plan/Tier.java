package dev.tollgate.crd.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One step of a graduated price. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Tier(
    @JsonPropertyDescription(
            "Last unit of this step, counted after the included quantity; absent on the last step.")
        @Min(1)
        @Nullable Long upTo,
    @JsonPropertyDescription("Price of one unit in major units of the plan's currency.")
        @Required
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        String unitPrice) {}

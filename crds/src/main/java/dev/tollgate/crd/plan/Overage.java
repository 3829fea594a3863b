package dev.tollgate.crd.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What units beyond the included quantity cost, if they are free, or that they are refused. */
@ValidationRule(
    value = "self.mode != 'Bill' || (has(self.tiers) && self.tiers.size() > 0)",
    message = "mode Bill needs at least one tier")
@ValidationRule(
    value = "self.mode == 'Bill' || !has(self.tiers) || self.tiers.size() == 0",
    message = "only mode Bill has tiers")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Overage(
    @JsonPropertyDescription(
            "Bill charges them by tier, Allow lets them pass free of charge, Block refuses them.")
        @Required
        OverageMode mode,
    @JsonPropertyDescription("Graduated prices; needed when mode is Bill.")
        @Nullable List<Tier> tiers) {}

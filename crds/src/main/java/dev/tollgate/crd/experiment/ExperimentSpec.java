package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares versions of a prompt. */
@ValidationRule(
    value = "self.variants.size() >= 2",
    message = "an experiment has at least two variants")
@ValidationRule(
    value = "self.variants.exists(v, !has(v.weight) || v.weight > 0)",
    message = "at least one variant has a weight above 0")
@ValidationRule(
    value = "!has(self.control) || self.variants.exists(v, v.name == self.control)",
    message = "the control is one of the variants")
@ValidationRule(
    value = "self.prompt == oldSelf.prompt",
    message = "an experiment stays with its prompt; create another experiment")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExperimentSpec(
    @JsonPropertyDescription("Name of the PromptTemplate.") @Required String prompt,
    @JsonPropertyDescription("What is compared.") @Required List<Variant> variants,
    @JsonPropertyDescription(
            "Variant that the others are compared with and that a rollback goes back to; the one named control, or else the first, when absent.")
        @Nullable String control,
    @JsonPropertyDescription("Whom a variant stays with; User when absent.") @Default("User")
        @Nullable StickyBy stickyBy,
    @JsonPropertyDescription(
            "Decides with the unit which variant it gets; the name of the experiment when absent. Another one shuffles anew.")
        @Nullable String salt,
    @JsonPropertyDescription("What decides; Score when absent.") @Default("Score")
        @Nullable ExperimentMetric decideBy,
    @JsonPropertyDescription(
            "How sure a decision is, however often it is looked at; 95 when absent.")
        @Min(50)
        @Max(99)
        @Default("95")
        @Nullable Integer confidencePercent,
    @JsonPropertyDescription("Stops variants that do harm.") @Nullable Guard guard) {}

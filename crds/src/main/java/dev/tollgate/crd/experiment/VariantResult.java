package dev.tollgate.crd.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a variant. Means are decimal numbers with 95 percent intervals that hold however
 * often one looks.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record VariantResult(
    @JsonPropertyDescription("Name of the variant.") @Required String name,
    @JsonPropertyDescription("Version of the prompt.") @Required int version,
    @JsonPropertyDescription("Calls.") @Required long calls,
    @JsonPropertyDescription("Users, tenants or keys that they are of.") @Nullable Long units,
    @JsonPropertyDescription("Failed calls, of 1.") @Nullable MeanInterval error,
    @JsonPropertyDescription("Whole time of a call, in milliseconds.")
        @Nullable MeanInterval latencyMs,
    @JsonPropertyDescription("Time to the first token, in milliseconds.")
        @Nullable MeanInterval firstTokenMs,
    @JsonPropertyDescription("Tokens of a call.") @Nullable MeanInterval tokens,
    @JsonPropertyDescription("Cost of a call, in millionths of the minor unit of the currency.")
        @Nullable MeanInterval cost,
    @JsonPropertyDescription("Score given by people.") @Nullable MeanInterval score,
    @JsonPropertyDescription("Share found right by a checker, of 1.")
        @Nullable MeanInterval accuracy) {}

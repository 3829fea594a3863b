package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is refused or masked. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Guardrails(
    @JsonPropertyDescription("Size of a request; 1048576 when absent.")
        @Min(1)
        @Max(67108864)
        @Default("1048576")
        @Nullable Long maxRequestBytes,
    @JsonPropertyDescription(
            "Tokens of a prompt, images and files among them, as estimated before the call; no bound when absent.")
        @Min(1)
        @Nullable Long maxPromptTokens,
    @JsonPropertyDescription(
            "Tokens of an answer; calls that ask for more are given this many, no bound when absent.")
        @Min(1)
        @Nullable Long maxOutputTokens,
    @JsonPropertyDescription(
            "Regular expressions (RE2); a request in whose text one is found is refused.")
        @Nullable List<String> deny,
    @JsonPropertyDescription(
            "Regular expressions (RE2); a request in whose text none is found is refused.")
        @Nullable List<String> allow,
    @JsonPropertyDescription("Personal data that is masked.") @Nullable Mask mask) {}

package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;

/** A message with places for variables. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptMessage(
    @JsonPropertyDescription("Who says it: system, developer, user or assistant.")
        @Required
        @Pattern("^(system|developer|user|assistant)$")
        String role,
    @JsonPropertyDescription("Its text, a template.") @Required String content) {}

package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A message with places for variables. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptMessage(
    @JsonPropertyDescription("Who says it: system, user or assistant.") @Required String role,
    @JsonPropertyDescription("Its text, a template.") @Required String content) {}

package dev.tollgate.ai.prompt;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** A row of {@code prompt_label}. */
@MappedEntity("prompt_label")
record PromptLabelRow(String namespace, @Id String prompt, String label, int version) {}

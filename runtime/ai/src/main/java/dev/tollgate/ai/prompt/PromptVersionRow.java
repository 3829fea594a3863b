package dev.tollgate.ai.prompt;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/**
 * A row of {@code prompt_version}.
 *
 * @param body the version as JSON
 * @param accepted milliseconds since the epoch
 */
@MappedEntity("prompt_version")
record PromptVersionRow(
    String namespace, @Id String prompt, int version, String digest, String body, long accepted) {}

package dev.tollgate.ai.experiment;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TenantId;

/**
 * A row of {@code model_feedback}.
 *
 * @param metric score, accuracy or label
 * @param at milliseconds since the epoch
 */
@MappedEntity("model_feedback")
record FeedbackRow(
    @TenantId String tenantId, @Id String callId, String metric, String said, long at) {}

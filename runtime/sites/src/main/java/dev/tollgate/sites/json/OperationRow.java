package dev.tollgate.sites.json;

import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.TenantId;

/**
 * A row of {@code json_history}.
 *
 * @param seq counts up from 1 for each tenant
 */
@MappedEntity("json_history")
record OperationRow(
    @TenantId String tenantId,
    @Id long seq,
    Kind kind,
    long size,
    long atMillis,
    Outcome outcome) {}

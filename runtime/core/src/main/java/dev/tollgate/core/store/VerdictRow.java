package dev.tollgate.core.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** A row of {@code tenant_verdict}: a reason for which a tenant is suspended. */
@MappedEntity("tenant_verdict")
record VerdictRow(@Id String tenantId, String source) {}

package dev.tollgate.core.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.MappedProperty;
import io.micronaut.data.annotation.TenantId;
import java.time.Instant;

/** A row of {@code usage_threshold}. */
@MappedEntity("usage_threshold")
record AlertRow(
    @TenantId String tenantId,
    @Id String cycle,
    String meter,
    int percent,
    long included,
    @MappedProperty(converter = EpochMillis.class) Instant at) {

  UsageReader.Alert alert() {
    return new UsageReader.Alert(cycle, meter, percent, included, at);
  }
}

package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.EpochMillis;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.MappedProperty;
import java.time.Instant;

/** A row of {@code experiment_design}: when a design began to be served. */
@MappedEntity("experiment_design")
record DesignRow(
    String namespace,
    String experiment,
    @Id String design,
    @MappedProperty(converter = EpochMillis.class) Instant since) {}

package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.EpochMillis;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.MappedProperty;
import java.time.Instant;

/** A row of {@code experiment_verdict}. */
@MappedEntity("experiment_verdict")
record VerdictRow(
    String namespace,
    @Id String experiment,
    String salt,
    String variant,
    String reason,
    @MappedProperty(converter = EpochMillis.class) Instant at) {

  Verdict verdict() {
    return new Verdict(experiment, salt, variant, reason, at);
  }
}

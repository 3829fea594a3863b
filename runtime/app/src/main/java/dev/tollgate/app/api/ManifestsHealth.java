package dev.tollgate.app.api;

import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.tenancy.ManifestSource;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** A replica is ready once it has read everything it serves, and can record usage. */
@Singleton
@Readiness
final class ManifestsHealth implements HealthIndicator {

  private final ManifestSource source;
  private final MappedUsageLog log;

  ManifestsHealth(ManifestSource source, MappedUsageLog log) {
    this.source = source;
    this.log = log;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    var ready = source.synced() && !log.isFull();
    return Mono.just(
        HealthResult.builder("tollgate", ready ? HealthStatus.UP : HealthStatus.DOWN)
            .details(
                Map.of(
                    "manifests", source.synced() ? "read" : "not read yet",
                    "usageLog", log.isFull() ? "full: the ledger does not take usage" : "open"))
            .build());
  }
}

package dev.tollgate.app.api;

import dev.tollgate.ai.prompt.PromptCatalog;
import dev.tollgate.app.wiring.Certificates;
import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.metering.UsageShipper;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.ManifestSource;
import dev.tollgate.crd.manifest.FileError;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** A replica is ready once it has read everything it serves, and can record usage. */
@Singleton
@Readiness
final class ManifestsHealth implements HealthIndicator {

  private static final int MOST = 20;

  private final ManifestSource source;
  private final LiveServing serving;
  private final PromptCatalog prompts;
  private final MappedUsageLog log;
  private final UsageShipper shipper;
  private final @Nullable Certificates certificates;

  ManifestsHealth(
      ManifestSource source,
      LiveServing serving,
      PromptCatalog prompts,
      MappedUsageLog log,
      UsageShipper shipper,
      @Nullable Certificates certificates) {
    this.certificates = certificates;
    this.prompts = prompts;
    this.serving = serving;
    this.source = source;
    this.log = log;
    this.shipper = shipper;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    var ready = source.synced() && !log.isFull();
    return Mono.just(
        HealthResult.builder("tollgate", ready ? HealthStatus.UP : HealthStatus.DOWN)
            .details(
                Map.of(
                    "manifests",
                    source.synced() ? "read" : "not read yet",
                    "wrong",
                    wrong(),
                    "usageLog",
                    log.isFull() ? "full: the ledger does not take usage" : "open",
                    "certificatesThatCannotBeRead",
                    certificates == null ? List.of() : certificates.unreadable(),
                    "shardsThatDoNotTakeUsage",
                    shipper.failing().keySet().stream().sorted().toList()))
            .build());
  }

  /** What is wrong with manifests, in short: replicas are ready all the same. */
  private List<String> wrong() {
    return Stream.concat(
            source.errors().stream().map(FileError::file),
            Stream.concat(serving.findings().stream(), prompts.findings().stream())
                .map(f -> f.kind() + "/" + f.name() + " " + f.reason()))
        .distinct()
        .limit(MOST)
        .toList();
  }
}

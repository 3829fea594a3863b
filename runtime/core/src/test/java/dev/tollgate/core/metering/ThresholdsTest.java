package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.JdbcLedger;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.view.TenantView;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant that does not call again is told of a threshold all the same, and once. */
@NullUnmarked
class ThresholdsTest {

  private static final Amounts ONE = new Amounts(1, 0, 0);

  @TempDir Path directory;
  private final List<Integer> told = new CopyOnWriteArrayList<>();
  private final TenantView tenant = tenant();
  private Databases databases;
  private Ledger ledger;

  @BeforeEach
  void open() {
    databases = Databases.embedded(directory.resolve("shards"));
    ledger = new JdbcLedger(databases, id -> ZoneOffset.UTC);
  }

  @AfterEach
  void close() {
    databases.close();
  }

  private static TenantView tenant() {
    var read =
        ManifestReader.read(
            Map.of(
                "in.yaml",
                """
                apiVersion: tollgate.dev/v1alpha1
                kind: Plan
                metadata: {name: ten}
                spec: {meters: [{name: requests, included: 10, overage: {mode: Allow}, alertPercents: [50]}]}
                ---
                apiVersion: tollgate.dev/v1alpha1
                kind: Tenant
                metadata: {name: acme}
                spec: {displayName: ACME, plan: ten}
                """));
    var shared = Resolver.shared(read.manifests());
    var tenant = read.manifests().tenants().get("acme");
    return Objects.requireNonNull(
        Resolver.tenant(shared, tenant, Placement.imagined(shared, tenant)).view());
  }

  private MappedUsageLog log() {
    return MappedUsageLog.open(
        directory.resolve("usage"), new MappedUsageLog.Sizes(1 << 16, 64, 0));
  }

  private QuotaTracker tracker() {
    return new QuotaTracker(
        ledger,
        (to, cycle, meter, percent, used, included) -> told.add(percent),
        Runnable::run,
        id -> id.equals(tenant.tenantId()) ? tenant : null);
  }

  private String cycle() {
    return Cycle.at(System.currentTimeMillis(), tenant.zone());
  }

  private void call(MappedUsageLog log) {
    var plan = tenant.plan();
    log.open(
            new Opening(
                tenant.shard(),
                tenant.tenantId(),
                "key:x",
                "api",
                plan.name(),
                plan.revision(),
                cycle(),
                System.currentTimeMillis(),
                1))
        .orElseThrow()
        .close(ONE, Outcome.COMPLETE, 200);
  }

  @Test
  void ofWhatAKilledProcessHadNotShipped() throws InterruptedException {
    try (var log = log()) {
      for (int i = 0; i < 5; i++) {
        call(log);
      }
    }
    for (int process = 0; process < 2; process++) {
      try (var log = log()) {
        var shipper = new UsageShipper(log, ledger, tracker());
        shipper.start();
        for (int i = 0; i < 100 && told.isEmpty(); i++) {
          Thread.sleep(100);
        }
        shipper.stop(10_000);
      }
    }
    assertThat(told).containsExactly(50);
  }

  @Test
  void ofTheLastCallsBeforeAProcessEnds() {
    try (var log = log()) {
      var tracker = tracker();
      var shipper = new UsageShipper(log, ledger, tracker);
      shipper.start();
      for (int i = 0; i < 5; i++) {
        assertThat(tracker.take(tenant, cycle(), ONE)).isNull();
        call(log);
      }
      shipper.stop(10_000);
    }
    assertThat(told).containsExactly(50);
  }
}

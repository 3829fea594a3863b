package dev.tollgate.app.wiring;

import dev.tollgate.core.access.BearerAuthenticator;
import dev.tollgate.core.access.EndedKeys;
import dev.tollgate.core.access.IssuerKeys;
import dev.tollgate.core.access.JwtVerifier;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.KeyStore;
import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.events.WebhookDelivery;
import dev.tollgate.core.limits.LimitsRouter;
import dev.tollgate.core.limits.MemoryLimits;
import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.metering.QuotaStates;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.metering.UsageShipper;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.EmbeddedPlacing;
import dev.tollgate.core.store.JdbcLedger;
import dev.tollgate.core.store.StoreAddresses;
import dev.tollgate.core.store.TenantRows;
import dev.tollgate.core.tenancy.ClusterClients;
import dev.tollgate.core.tenancy.ClusterSource;
import dev.tollgate.core.tenancy.DirectorySource;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.ManifestSource;
import dev.tollgate.core.tenancy.Placing;
import dev.tollgate.core.tenancy.Secrets;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Value;
import io.opentelemetry.api.OpenTelemetry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes the parts of a runtime. */
@Factory
final class RuntimeFactory {

  @Singleton
  Databases databases(RuntimeSettings settings, Provider<LiveServing> serving, Secrets secrets) {
    return new Databases(
        new StoreAddresses(
            serving::get, secrets, Path.of(settings.data()), settings.pool(), settings.cluster()));
  }

  @Singleton
  Placing placing(RuntimeSettings settings, Databases databases) {
    return settings.cluster() ? new StatusPlacing() : new EmbeddedPlacing(databases, "local");
  }

  @Singleton
  LiveServing serving(RuntimeSettings settings, Placing placing) {
    return new LiveServing(placing, !settings.cluster());
  }

  /** The source, which implements Secrets too; {@link Life} starts and ends it. */
  @Singleton
  ManifestSource source(RuntimeSettings settings) {
    var data = Path.of(settings.data());
    return settings.cluster()
        ? new ClusterSource(
            ClusterClients.builder().build(), settings.namespace(), data.resolve("manifests.yaml"))
        : new DirectorySource(
            Path.of(settings.directory()), data.resolve("last-good"), settings.emptyFileStays());
  }

  @Singleton
  Secrets secrets(ManifestSource source) {
    return (Secrets) source;
  }

  @Singleton
  KeyRing keys(KeyStore store, LiveServing serving) {
    return new KeyRing(store, serving, InstantSource.system());
  }

  @Singleton
  EndedKeys endedKeys(KeyStore store, @Value("${tollgate.keys.kept}") Duration kept) {
    return new EndedKeys(store, kept, InstantSource.system());
  }

  @Singleton
  @Bean(preDestroy = "close")
  IssuerKeys issuerKeys(Secrets secrets) {
    return new IssuerKeys(IssuerKeys.Rules.DEFAULT, InstantSource.system(), secrets);
  }

  @Singleton
  BearerAuthenticator authenticator(
      KeyRing keys, LiveServing serving, Secrets secrets, IssuerKeys issuerKeys) {
    return new BearerAuthenticator(
        keys, new JwtVerifier(serving, secrets, issuerKeys, InstantSource.system()));
  }

  @Singleton
  LimitsRouter limits(Periodic periodic) {
    var limits = new LimitsRouter(new MemoryLimits(), null);
    periodic.every(60, limits::sweep);
    return limits;
  }

  @Context
  @Bean(preDestroy = "close")
  RedisFollower redis(
      RuntimeSettings settings,
      LiveServing serving,
      Secrets secrets,
      LimitsRouter limits,
      MeterRegistry meters) {
    var follower = new RedisFollower(settings.pool(), serving, secrets, limits, meters);
    serving.onChange(follower::follow);
    return follower;
  }

  @Singleton
  MappedUsageLog usageLog(RuntimeSettings settings) {
    return MappedUsageLog.open(
        Path.of(settings.data()).resolve("usage"), MappedUsageLog.Sizes.DEFAULT);
  }

  @Singleton
  TenantRows tenantRows(Databases databases) {
    return new TenantRows(databases);
  }

  @Singleton
  Ledger ledger(Databases databases, LiveServing serving) {
    return new JdbcLedger(
        databases,
        id -> {
          var tenant = serving.current().tenants().get(id);
          return tenant == null ? ZoneOffset.UTC : tenant.zone();
        });
  }

  @Singleton
  QuotaTracker quotas(Ledger ledger, QuotaTracker.Alerts alerts, LiveServing serving) {
    return new QuotaTracker(
        ledger,
        alerts,
        Executors.newVirtualThreadPerTaskExecutor(),
        id -> serving.current().tenants().get(id));
  }

  @Singleton
  QuotaStates quotaStates(Ledger ledger) {
    return new QuotaStates(ledger);
  }

  @Singleton
  UsageShipper shipper(
      MappedUsageLog log, Ledger ledger, QuotaTracker quotas, MeterRegistry meters) {
    var shipper = new UsageShipper(log, ledger, quotas);
    Gauge.builder("tollgate.usage.failing.shards", shipper, s -> s.failing().size())
        .description("Shards that do not take usage; it waits in the log")
        .register(meters);
    Gauge.builder("tollgate.usage.shipped.time.seconds", shipper, s -> s.lastSuccess() / 1000.0)
        .description("When every shard had last taken all usage, Unix time")
        .register(meters);
    return shipper;
  }

  /** Traces go where the standard OTEL_… variables say; without an endpoint none are made. */
  @Singleton
  @Bean(preDestroy = "close")
  Telemetry telemetry(@Property(name = "otel.exporter.otlp.endpoint") @Nullable String endpoint) {
    return endpoint == null ? Telemetry.OFF : Telemetry.to(endpoint);
  }

  @Singleton
  OpenTelemetry openTelemetry(Telemetry telemetry) {
    return telemetry.api();
  }

  /** Made at the start, so that the command line finds its file. */
  @Context
  AdminToken adminToken(
      RuntimeSettings settings, @Property(name = OperatorPort.DIRECTORY) @Nullable String ofPool)
      throws IOException {
    return new AdminToken(
        Path.of(settings.data()),
        ofPool == null ? null : Path.of(ofPool).resolve(PoolSecret.TOKEN));
  }

  @Singleton
  FirstKeys firstKeys(RuntimeSettings settings, KeyRing keys) {
    return new FirstKeys(Path.of(settings.data()), keys);
  }

  /**
   * Begins before the first request is taken, and ends after the last one: in an order, since what
   * is in the usage log needs its databases until it is shipped.
   */
  @Context
  static final class Life implements AutoCloseable {
    private final ManifestSource source;
    private final KeyRing keys;
    private final UsageShipper shipper;
    private final MappedUsageLog log;
    private final Databases databases;
    private final WebhookDelivery webhooks;

    Life(
        RuntimeSettings settings,
        LiveServing serving,
        ManifestSource source,
        FirstKeys first,
        KeyRing keys,
        UsageShipper shipper,
        MappedUsageLog log,
        Databases databases,
        WebhookDelivery webhooks,
        EndedKeys ended,
        Periodic periodic) {
      this.source = source;
      this.keys = keys;
      this.shipper = shipper;
      this.log = log;
      this.databases = databases;
      this.webhooks = webhooks;
      if (!settings.cluster()) {
        serving.onChange(first::make);
      }
      source.start(serving::accept);
      shipper.start();
      webhooks.start();
      periodic.every(10, databases::refresh);
      periodic.every(3600, ended::forget);
      periodic.every(20, new StartupCache()::release);
    }

    @Override
    @PreDestroy
    public void close() {
      source.close();
      keys.close();
      webhooks.close();
      shipper.close();
      log.close();
      databases.close();
    }
  }

  /** Runs what must be done now and then, off the event loops. */
  @Singleton
  static final class Periodic implements AutoCloseable {
    private final ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("periodic").factory());

    void every(int seconds, Runnable task) {
      var _ = executor.scheduleWithFixedDelay(task, seconds, seconds, TimeUnit.SECONDS);
    }

    @Override
    @PreDestroy
    public void close() {
      executor.shutdownNow();
    }
  }
}

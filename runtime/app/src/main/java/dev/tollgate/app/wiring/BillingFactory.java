package dev.tollgate.app.wiring;

import dev.tollgate.billing.order.BillingAlerts;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Verdicts;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.gateway.Role;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes billing, and the thread that does its work. */
@Factory
final class BillingFactory {

  @Singleton
  BillingStore billingStore(Databases databases) {
    return new BillingStore(databases::platform);
  }

  @Singleton
  BillingAlerts billingAlerts(BillingStore store) {
    return new BillingAlerts(store);
  }

  @Singleton
  LiveBilling liveBilling(
      RuntimeSettings settings,
      LiveServing serving,
      Secrets secrets,
      BillingStore store,
      Ledger ledger) {
    return new LiveBilling(
        serving,
        secrets,
        store,
        ledger,
        settings.cluster() ? settings.namespace() : "local",
        Clock.systemUTC());
  }

  @Singleton
  BillingWorker billingWorker(
      RuntimeSettings settings, LiveBilling billing, LiveServing serving, BillingStore store) {
    return new BillingWorker(billing, serving, store, settings.pool(), Clock.systemUTC());
  }

  /** Its own thread, since it waits for the engine. */
  @Context
  static final class Work implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Work.class);
    private static final int MINUTE = 60;
    private static final int END_SECONDS = 5;

    private final BillingWorker worker;
    private final ScheduledExecutorService executor =
        Executors.newScheduledThreadPool(
            2, Thread.ofPlatform().daemon().name("billing-", 0).factory());

    Work(
        RuntimeSettings settings,
        BillingWorker worker,
        LiveServing serving,
        Verdicts verdicts,
        MeterRegistry metrics) {
      this.worker = worker;
      var _ = executor.scheduleWithFixedDelay(verdicts::refresh, 1, 1, TimeUnit.SECONDS);
      var _ =
          executor.scheduleWithFixedDelay(
              () -> {
                var pool = serving.current().shared().gatewayPools().get(settings.pool());
                if (pool == null || pool.roles().isEmpty() || pool.roles().contains(Role.Worker)) {
                  worker.tick();
                }
              },
              5,
              MINUTE,
              TimeUnit.SECONDS);
      Gauge.builder("tollgate.billing.drift.units", worker, BillingWorker::drift)
          .description("Units that ledger and meter are apart, at the last comparison")
          .register(metrics);
      Gauge.builder("tollgate.billing.failed.tenants", worker, BillingWorker::failures)
          .description("Tenants whose billing failed in the last round")
          .register(metrics);
      Gauge.builder("tollgate.billing.compared.time", worker, w -> w.compared().getEpochSecond())
          .description("When ledger, meter and invoice were last compared, Unix time")
          .baseUnit("seconds")
          .register(metrics);
    }

    @Override
    @PreDestroy
    public void close() {
      executor.shutdownNow();
      try {
        // what is in the middle of a round must not hold the lease, or the database, after its end
        if (!executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
          LOG.warn("A round of billing goes on after {} s; it ends with the process", END_SECONDS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      worker.close();
    }
  }
}

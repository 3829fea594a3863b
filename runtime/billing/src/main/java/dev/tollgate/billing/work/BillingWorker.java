package dev.tollgate.billing.work;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.resolve.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the work of billing for the tenants of a gateway pool, in the one replica that holds the
 * lease: each minute what there is to do, each hour and at the start a comparison of ledger, meter
 * and invoice. {@link #tick} is called by one thread at a time; the figures may be read by any.
 */
public final class BillingWorker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BillingWorker.class);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration KEPT = Duration.ofDays(100);

  private final LiveBilling billing;
  private final Serving serving;
  private final Lease lease;
  private final String pool;
  private final InstantSource clock;
  private final AtomicLong drift = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicReference<Instant> compared = new AtomicReference<>(Instant.EPOCH);

  public BillingWorker(
      LiveBilling billing, Serving serving, BillingStore store, String pool, InstantSource clock) {
    this.billing = billing;
    this.serving = serving;
    this.pool = pool;
    this.clock = clock;
    this.lease = new Lease(store, "billing/" + pool, UUID.randomUUID().toString(), clock);
  }

  /** Does what there is to do, when it is this replica's turn; throws nothing. */
  public synchronized void tick() {
    try {
      var live = billing.now();
      // before the first manifests are read everybody would seem to be gone
      if (live.isPresent() && serving.current().generation() > 0 && lease.held()) {
        work(live.get());
      }
    } catch (StoreException | EngineException e) {
      LOG.warn("Billing waits: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Billing did not do what it should", e);
    }
  }

  private void work(LiveBilling.Live live) {
    var compare = compared.get().plus(HOUR).isBefore(clock.instant());
    if (compare) {
      publish(live);
    }
    long failed = 0;
    for (var tenant : serving.current().tenants().values()) {
      if (!tenant.gatewayPool().equals(pool)) {
        continue;
      }
      if (!lease.held()) {
        return;
      }
      failed += one(live, tenant, compare) ? 0 : 1;
    }
    for (Account account : live.billing().accounts().all()) {
      if (!serving.current().tenants().containsKey(account.tenantId())) {
        live.billing().gone(account);
      }
    }
    failures.set(failed);
    if (compare) {
      compared.set(clock.instant());
      var found = live.billing().reconciliation().findings(clock.instant().minus(HOUR));
      drift.set(found.stream().mapToLong(f -> Math.abs(f.drift())).sum());
      live.billing().intents().forget(clock.instant().minus(KEPT));
      live.billing()
          .notices()
          .forget(clock.instant().minus(Duration.ofDays(live.view().eventRetentionDays())));
    }
  }

  /** What is sold is there before anybody buys it, and is put right when somebody changed it. */
  private void publish(LiveBilling.Live live) {
    for (var plan : serving.current().shared().plans().values()) {
      try {
        Terms.of(plan).ifPresent(live.billing().engine()::publish);
      } catch (EngineException e) {
        LOG.warn("Plan {} is not for sale yet: {}", plan.name(), e.getMessage());
      }
    }
  }

  private static boolean one(LiveBilling.Live live, TenantView tenant, boolean compare) {
    try {
      live.billing().work(tenant, live.rules());
      if (compare) {
        live.billing().reconcile(tenant, live.rules());
      }
      return true;
    } catch (EngineException | StoreException e) {
      LOG.warn("Billing of tenant {} waits: {}", tenant.name(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Billing of tenant {} did not do what it should", tenant.name(), e);
    }
    return false;
  }

  /** Units that ledger and meter are apart, as the last comparison found; without their sign. */
  public long drift() {
    return drift.get();
  }

  /** Tenants whose billing failed in the last round. */
  public long failures() {
    return failures.get();
  }

  /** When ledger, meter and invoice were last compared; the epoch before the first time. */
  public Instant compared() {
    return compared.get();
  }

  /** Lets another replica go on at once. */
  @Override
  public void close() {
    try {
      lease.release();
    } catch (StoreException e) {
      LOG.debug("The lease runs out by itself", e);
    }
  }

  /** What the operator is told. */
  public record Report(Instant compared, long drift, long failures) {}

  public Report report() {
    return new Report(compared(), drift(), failures());
  }
}

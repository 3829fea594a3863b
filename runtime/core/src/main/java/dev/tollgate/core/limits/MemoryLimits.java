package dev.tollgate.core.limits;

import dev.tollgate.engine.limit.Counter;
import dev.tollgate.engine.limit.Quota;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counters of this process. Each tenant has its own lock, held for well under a microsecond; no two
 * tenants share one.
 *
 * <p>A tenant has at most a given number of counters. When one more is wanted, the one of that
 * tenant that was longest unused is forgotten, so that a flood of addresses harms nobody else.
 * Counters with nothing in use go with {@link #sweep()}, which the owner calls now and then.
 */
public final class MemoryLimits implements Limits {

  /** How long a reservation lasts that is neither settled nor renewed. */
  public static final Duration LEASE = Duration.ofSeconds(60);

  /** Counters of one tenant, when nothing else is said: some 10 MB at most. */
  public static final int MAX_COUNTERS_PER_TENANT = 50_000;

  private final ConcurrentHashMap<String, Tenant> tenants = new ConcurrentHashMap<>();
  private final LongSupplier millis;
  private final int maxCountersPerTenant;
  private final long leaseMillis;

  public MemoryLimits() {
    this(InstantSource.system(), MAX_COUNTERS_PER_TENANT, LEASE);
  }

  public MemoryLimits(InstantSource clock, int maxCountersPerTenant, Duration lease) {
    this(clock::millis, maxCountersPerTenant, lease);
  }

  /**
   * @param millis milliseconds since 1970, UTC
   */
  MemoryLimits(LongSupplier millis, int maxCountersPerTenant, Duration lease) {
    if (maxCountersPerTenant < 1) {
      throw new IllegalArgumentException(
          "a tenant needs at least one counter, not " + maxCountersPerTenant);
    }
    this.millis = millis;
    this.maxCountersPerTenant = maxCountersPerTenant;
    this.leaseMillis = lease.toMillis();
  }

  @Override
  public CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances) {
    return CompletableFuture.completedFuture(reserveNow(tenantId, requestId, charges));
  }

  /** As {@link #reserve}, without the stage. */
  public Decision reserveNow(String tenantId, String requestId, List<Charge> charges) {
    if (charges.isEmpty()) {
      return Decision.UNLIMITED;
    }
    while (true) {
      Tenant tenant = tenants.get(tenantId);
      if (tenant == null) {
        tenant = tenants.computeIfAbsent(tenantId, id -> new Tenant());
      }
      synchronized (tenant) {
        if (!tenant.retired) {
          return reserve(tenant, requestId, charges);
        }
      }
    }
  }

  private Decision reserve(Tenant tenant, String requestId, List<Charge> charges) {
    int count = charges.size();
    long now = millis.getAsLong();
    Counter[] counters = new Counter[count];
    Quota[] quotas = new Quota[count];
    int refusedBy = -1;
    for (int i = 0; i < count; i++) {
      Charge charge = charges.get(i);
      Quota quota = Quotas.of(charge.limit());
      Counter counter = tenant.counter(new CounterKey(charge.limit(), charge.subject()));
      counter.advance(quota, now);
      quotas[i] = quota;
      counters[i] = counter;
      if (refusedBy < 0 && !quota.fits(counter.level(), charge.amount())) {
        refusedBy = i;
      }
    }
    boolean allowed = refusedBy < 0;
    List<Decision.State> states = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Charge charge = charges.get(i);
      Counter counter = counters[i];
      if (allowed && Quotas.leased(charge.limit())) {
        counter.lease(requestId, charge.amount(), leaseMillis);
      } else if (allowed) {
        counter.take(charge.amount());
      }
      states.add(Quotas.state(charge, quotas[i], allowed, counter.level(), counter.drained(), now));
    }
    return new Decision(allowed, states, refusedBy);
  }

  @Override
  public void settle(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    Tenant tenant = tenants.get(tenantId);
    if (tenant == null) {
      return;
    }
    synchronized (tenant) {
      long now = millis.getAsLong();
      for (int i = 0; i < charges.size(); i++) {
        Charge charge = charges.get(i);
        boolean leased = Quotas.leased(charge.limit());
        if (!leased && used[i] == charge.amount()) {
          continue;
        }
        Counter counter = tenant.existing(charge);
        if (counter == null) {
          continue;
        }
        Quota quota = Quotas.of(charge.limit());
        counter.advance(quota, now);
        if (leased) {
          counter.settle(quota, requestId, used[i]);
        } else {
          counter.correct(charge.amount(), used[i]);
        }
      }
    }
  }

  @Override
  public CompletionStage<Boolean> renew(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    return CompletableFuture.completedFuture(renewNow(tenantId, requestId, charges, used));
  }

  private boolean renewNow(String tenantId, String requestId, List<Charge> charges, long[] used) {
    Tenant tenant = tenants.get(tenantId);
    if (tenant == null) {
      return true;
    }
    boolean within = true;
    synchronized (tenant) {
      long now = millis.getAsLong();
      for (int i = 0; i < charges.size(); i++) {
        Charge charge = charges.get(i);
        Counter counter = Quotas.leased(charge.limit()) ? tenant.existing(charge) : null;
        if (counter != null) {
          Quota quota = Quotas.of(charge.limit());
          counter.advance(quota, now);
          counter.renew(quota, requestId, used[i], leaseMillis);
          within &= quota.fits(counter.level(), 0);
        }
      }
    }
    return within;
  }

  /**
   * Forgets counters with nothing in use. Walks all of them, one tenant's lock at a time: call it
   * every minute or so, off the event loops.
   */
  public void sweep() {
    long now = millis.getAsLong();
    for (Map.Entry<String, Tenant> entry : tenants.entrySet()) {
      Tenant tenant = entry.getValue();
      synchronized (tenant) {
        Iterator<Map.Entry<CounterKey, Counter>> all = tenant.counters.entrySet().iterator();
        while (all.hasNext()) {
          Map.Entry<CounterKey, Counter> one = all.next();
          one.getValue().advance(Quotas.of(one.getKey().limit()), now);
          if (one.getValue().idle()) {
            all.remove();
          }
        }
        if (tenant.counters.isEmpty()) {
          tenant.retired = true;
          tenants.remove(entry.getKey(), tenant);
        }
      }
    }
  }

  /** Counters held now, for a metric; walks the tenants. */
  public int counters() {
    int all = 0;
    for (Tenant tenant : tenants.values()) {
      synchronized (tenant) {
        all += tenant.counters.size();
      }
    }
    return all;
  }

  /** Counters of one tenant; guarded by itself. */
  private final class Tenant {
    // in order of use, the longest unused first
    private final LinkedHashMap<CounterKey, Counter> counters = new LinkedHashMap<>(8, 0.75f, true);
    private boolean retired;

    Counter counter(CounterKey key) {
      Counter counter = counters.get(key);
      if (counter == null) {
        if (counters.size() >= maxCountersPerTenant) {
          counters.pollFirstEntry();
        }
        counter = new Counter();
        counters.put(key, counter);
      }
      return counter;
    }

    @Nullable Counter existing(Charge charge) {
      return counters.get(new CounterKey(charge.limit(), charge.subject()));
    }
  }
}

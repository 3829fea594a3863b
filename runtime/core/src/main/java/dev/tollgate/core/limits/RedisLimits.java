package dev.tollgate.core.limits;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.Base16;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters in Redis, shared by all replicas: one script call a request, whatever the number of its
 * charges and allowances, with the same results as {@link MemoryLimits}. Keys are {@code tg:{tenant
 * id}:…} and {@code usage:{tenant id}:…}, all of a tenant in one slot of a Redis Cluster; each has
 * a time to live.
 *
 * <p>While Redis is away each limit does what its {@code whenUnavailable} says. Commands are sent
 * at most once, so that a reconnect counts nothing twice. Time is that of the replica: a replica
 * whose clock is ahead lets a counter drain early by the difference, once; clocks should agree to
 * well under a second (NTP).
 */
public final class RedisLimits implements Limits, AutoCloseable {
  /** How long a request waits for Redis when nothing else is said. */
  public static final Duration TIMEOUT = Duration.ofMillis(50);

  private static final Logger LOG = LoggerFactory.getLogger(RedisLimits.class);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration AWAY_AFTER = Duration.ofSeconds(5);
  private static final long[] NONE = {};

  /** Of slots in a Redis Cluster, each with a circuit of its own. */
  private static final int RANGES = 64;

  private final RedisConnection connection;
  private final InstantSource clock;
  private final long timeoutNanos;
  private final String leaseMillis = Long.toString(MemoryLimits.LEASE.toMillis());
  private final MemoryLimits memory;
  private final LocalShare local;
  private final RedisCircuit[] circuits;
  private final String script = LimitScript.source();
  private final String sha;

  private RedisLimits(
      RedisAddress address, Duration timeout, IntSupplier readyReplicas, InstantSource clock) {
    this.clock = clock;
    this.timeoutNanos = timeout.toNanos();
    this.memory = new MemoryLimits(clock, MemoryLimits.MAX_COUNTERS_PER_TENANT, MemoryLimits.LEASE);
    this.local = new LocalShare(memory, readyReplicas);
    this.circuits = new RedisCircuit[address.cluster() ? RANGES : 1];
    Arrays.setAll(circuits, i -> new RedisCircuit(System::nanoTime, PAUSE.toNanos()));
    this.connection = new RedisConnection(address);
    this.sha = Base16.digest(script.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Connects in the background: a Redis that is away now is treated as one that went away.
   *
   * @param url {@code redis://host:port/database}, {@code redis-cluster://host:port,host:port}, or
   *     the same with {@code rediss} for TLS
   * @param password null when the URL has it or none is needed
   * @throws IllegalArgumentException when the URL is none; the text does not repeat it, for it may
   *     hold a password
   */
  public static RedisLimits connect(
      String url, char @Nullable [] password, Duration timeout, IntSupplier readyReplicas) {
    return connect(url, password, timeout, readyReplicas, InstantSource.system());
  }

  static RedisLimits connect(
      String url,
      char @Nullable [] password,
      Duration timeout,
      IntSupplier readyReplicas,
      InstantSource clock) {
    RedisLimits limits =
        new RedisLimits(RedisAddress.of(url, password), timeout, readyReplicas, clock);
    limits.connection.connect();
    return limits;
  }

  /**
   * The circuit of a tenant: one for all, but in a cluster one for each range of neighbouring
   * slots, so that a node that is away is not taken for all of them.
   */
  private RedisCircuit circuit(String tenantId) {
    return circuits.length == 1
        ? circuits[0]
        : circuits[SlotHash.getSlot(tenantId) * RANGES / SlotHash.SLOT_COUNT];
  }

  /** Whether Redis answered lately; for readiness and a metric. */
  public boolean available() {
    if (!connection.stands()) {
      return false;
    }
    for (RedisCircuit circuit : circuits) {
      if (circuit.open()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether it has given no answer in time for some seconds. On a busy node a single one may well
   * be late, and that is told by {@link #available} alone.
   */
  public boolean away() {
    if (!connection.stands()) {
      return true;
    }
    for (RedisCircuit circuit : circuits) {
      if (circuit.openFor(AWAY_AFTER.toNanos())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Asks a single Redis whether it is there, so that {@link #available} knows it where no request
   * asks. The nodes of a cluster are asked by requests alone.
   */
  public void probe() {
    if (circuits.length > 1) {
      return;
    }
    RedisClusterAsyncCommands<String, String> redis = connection.commands();
    var reply =
        redis == null
            ? CompletableFuture.<String>failedFuture(new NotConnected())
            : redis.ping().toCompletableFuture();
    var _ = noted(circuits[0], reply);
  }

  /** Where it is, without credentials. */
  public String address() {
    return connection.address().toString();
  }

  /** Forgets idle counters of the local shares. */
  public void sweep() {
    memory.sweep();
  }

  @Override
  public CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances) {
    if (charges.isEmpty() && allowances.isEmpty()) {
      return CompletableFuture.completedFuture(Decision.UNLIMITED);
    }
    if (!circuit(tenantId).tries()) {
      return CompletableFuture.completedFuture(local.reserve(tenantId, requestId, charges));
    }
    long now = clock.millis();
    var sent =
        send(LimitScript.Operation.reserve, tenantId, requestId, charges, allowances, NONE, now);
    return noted(circuit(tenantId), sent)
        .handle((reply, failure) -> {
          if (reply != null) {
            return LimitScript.decision(charges, allowances, reply, now);
          }
          var decision = local.reserve(tenantId, requestId, charges);
          if (!decision.allowed()) {
            var _ =
                sent.thenAccept(late -> {
                  if (LimitScript.decision(charges, allowances, late, now).allowed()) {
                    giveBack(tenantId, requestId, charges, allowances);
                  }
                });
          }
          return decision;
        });
  }

  /** What Redis took late, for a request that was refused meanwhile. */
  private void giveBack(
      String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances) {
    var nothing = new long[charges.size() + allowances.size()];
    Part taken = new Part(charges, allowances, nothing, false);
    if (!taken.isEmpty()) {
      var _ = run(LimitScript.Operation.settle, tenantId, requestId, taken);
    }
  }

  @Override
  public void settle(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    local.settle(tenantId, requestId, charges, used);
    Part open = new Part(charges, allowances, used, false);
    if (!open.isEmpty() && circuit(tenantId).tries()) {
      // what is lost here ends with its lease
      var _ = run(LimitScript.Operation.settle, tenantId, requestId, open);
    }
  }

  @Override
  public CompletionStage<Boolean> renew(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    var here = local.renew(tenantId, requestId, charges, used);
    Part leased = new Part(charges, allowances, used, true);
    if (leased.isEmpty() || !circuit(tenantId).tries()) {
      return here;
    }
    return run(LimitScript.Operation.renew, tenantId, requestId, leased)
        .handle((reply, failure) -> reply == null || reply.get(0).equals(0L));
  }

  /**
   * Of the charges and allowances of a request those that Redis is to be told of after it was let
   * in, with the units used of each in their order.
   */
  private static final class Part {
    final List<Charge> charges;
    final List<Allowance> allowances;
    final long[] used;

    /**
     * @param leasedOnly without what was taken for good and is only to be corrected
     */
    Part(List<Charge> charges, List<Allowance> allowances, long[] used, boolean leasedOnly) {
      this.charges = new ArrayList<>(charges.size());
      this.allowances = new ArrayList<>(allowances.size());
      this.used = new long[used.length];
      int count = 0;
      for (int i = 0; i < charges.size(); i++) {
        Charge charge = charges.get(i);
        if (Quotas.leased(charge.limit()) || (!leasedOnly && used[i] != charge.amount())) {
          this.used[count++] = used[i];
          this.charges.add(charge);
        }
      }
      for (int i = 0; i < allowances.size(); i++) {
        Allowance allowance = allowances.get(i);
        long really = used[charges.size() + i];
        if (allowance.leased() || (!leasedOnly && really != allowance.amount())) {
          this.used[count++] = really;
          this.allowances.add(allowance);
        }
      }
    }

    boolean isEmpty() {
      return charges.isEmpty() && allowances.isEmpty();
    }
  }

  private CompletableFuture<List<Object>> run(
      LimitScript.Operation operation, String tenantId, String requestId, Part part) {
    return noted(
        circuit(tenantId),
        send(
            operation,
            tenantId,
            requestId,
            part.charges,
            part.allowances,
            part.used,
            clock.millis()));
  }

  /** The reply, however late it comes. */
  private CompletableFuture<List<Object>> send(
      LimitScript.Operation operation,
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used,
      long now) {
    RedisClusterAsyncCommands<String, String> redis = connection.commands();
    if (redis == null) {
      return CompletableFuture.failedFuture(new NotConnected());
    }
    LimitScript.Call call =
        LimitScript.call(
            operation, tenantId, requestId, charges, allowances, used, now, leaseMillis);
    return redis
        .<List<Object>>evalsha(sha, ScriptOutputType.MULTI, call.keys, call.args)
        .toCompletableFuture()
        .exceptionallyCompose(failure ->
            cause(failure) instanceof RedisNoScriptException
                ? redis.eval(script, ScriptOutputType.MULTI, call.keys, call.args)
                : CompletableFuture.failedFuture(failure));
  }

  /** Waits no longer than a request does, and has the circuit know what came. */
  private <T> CompletableFuture<T> noted(RedisCircuit circuit, CompletableFuture<T> reply) {
    long began = System.nanoTime();
    return reply
        .copy()
        .orTimeout(timeoutNanos, TimeUnit.NANOSECONDS)
        .whenComplete((result, failure) -> {
          if (failure != null) {
            noteFailure(circuit, began, cause(failure).getClass().getSimpleName());
          } else if (circuit.succeeded()) {
            LOG.info("Redis answers again; limits are counted there");
          }
        });
  }

  private void noteFailure(RedisCircuit circuit, long began, String why) {
    if (circuit.failed(began)) {
      LOG.warn(
          "Redis at {} does not answer ({}); each limit does what its whenUnavailable says",
          connection.address(),
          why);
    }
  }

  private static Throwable cause(Throwable failure) {
    Throwable inner = failure.getCause();
    return failure instanceof CompletionException && inner != null ? inner : failure;
  }

  /** Waits until the first connection stands, at most as long as given; false when it does not. */
  public boolean awaitConnection(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!connection.stands() && System.nanoTime() - end < 0) {
      connection.connect();
      Thread.sleep(5);
    }
    return connection.stands();
  }

  @Override
  public void close() {
    connection.close();
  }

  /** There is no connection; its name is what the log says. */
  private static final class NotConnected extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotConnected() {
      super(null, null, false, false);
    }
  }
}

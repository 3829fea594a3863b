package dev.tollgate.core.limits;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.Base16;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters in Redis, shared by all replicas: one script call a request, whatever the number of its
 * charges, with the same results as {@link MemoryLimits}. Keys are {@code tg:{tenant id}:…}; each
 * has a time to live.
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
  private static final long[] NONE = {};

  private final ClientResources resources;
  private final RedisClient client;
  private final RedisURI uri;
  private final InstantSource clock;
  private final long timeoutNanos;
  private final String leaseMillis = Long.toString(MemoryLimits.LEASE.toMillis());
  private final MemoryLimits memory;
  private final LocalShare local;
  private final RedisCircuit circuit = new RedisCircuit(System::nanoTime, PAUSE.toNanos());
  private final String script = LimitScript.source();
  private final String sha;
  private final AtomicBoolean connecting = new AtomicBoolean();
  private volatile @Nullable StatefulRedisConnection<String, String> connection;
  private volatile boolean closed;

  private RedisLimits(
      RedisURI uri, Duration timeout, IntSupplier readyReplicas, InstantSource clock) {
    this.uri = uri;
    this.clock = clock;
    this.timeoutNanos = timeout.toNanos();
    this.memory = new MemoryLimits(clock, MemoryLimits.MAX_COUNTERS_PER_TENANT, MemoryLimits.LEASE);
    this.local = new LocalShare(memory, readyReplicas);
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .reconnectDelay(
                Delay.exponential(
                    Duration.ofMillis(10), Duration.ofMillis(500), 2, TimeUnit.MILLISECONDS))
            .build();
    this.client = RedisClient.create(resources);
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .replayFilter(command -> true)
            .socketOptions(SocketOptions.builder().connectTimeout(Duration.ofSeconds(1)).build())
            .build());
    this.sha = Base16.digest(script.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Connects in the background: a Redis that is away now is treated as one that went away.
   *
   * @param url {@code redis://host:port/database} or {@code rediss://…}
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
    RedisLimits limits = new RedisLimits(parse(url, password), timeout, readyReplicas, clock);
    limits.connectAgain();
    return limits;
  }

  private static RedisURI parse(String url, char @Nullable [] password) {
    RedisURI uri;
    try {
      uri = RedisURI.create(url);
    } catch (RuntimeException e) {
      // the cause is left out: it may repeat the URL with its password
      throw new IllegalArgumentException(
          "the URL of Redis is not valid; write redis://host:port/database or rediss://…");
    }
    if (password != null) {
      String user = user(url);
      uri.setCredentialsProvider(
          RedisCredentialsProvider.from(() -> RedisCredentials.just(user, password)));
    }
    return uri;
  }

  private static @Nullable String user(String url) {
    String info = URI.create(url).getUserInfo();
    if (info == null) {
      return null;
    }
    int colon = info.indexOf(':');
    String user = colon < 0 ? info : info.substring(0, colon);
    return user.isEmpty() ? null : user;
  }

  /** Whether Redis answered lately; for readiness and a metric. */
  public boolean available() {
    return connection != null && !circuit.open();
  }

  /** Forgets idle counters of the local shares. */
  public void sweep() {
    memory.sweep();
  }

  @Override
  public CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges) {
    if (charges.isEmpty()) {
      return CompletableFuture.completedFuture(Decision.UNLIMITED);
    }
    if (!circuit.tries()) {
      return CompletableFuture.completedFuture(local.reserve(tenantId, requestId, charges));
    }
    long now = clock.millis();
    return run(LimitScript.Operation.reserve, tenantId, requestId, charges, NONE, now)
        .handle((reply, failure) ->
            reply == null
                ? local.reserve(tenantId, requestId, charges)
                : LimitScript.decision(charges, reply, now));
  }

  @Override
  public void settle(String tenantId, String requestId, List<Charge> charges, long[] used) {
    local.settle(tenantId, requestId, charges, used);
    List<Charge> open = new ArrayList<>(charges.size());
    long[] usedOfOpen = new long[charges.size()];
    for (int i = 0; i < charges.size(); i++) {
      Charge charge = charges.get(i);
      if (Quotas.leased(charge.limit()) || used[i] != charge.amount()) {
        usedOfOpen[open.size()] = used[i];
        open.add(charge);
      }
    }
    send(LimitScript.Operation.settle, tenantId, requestId, open, usedOfOpen);
  }

  @Override
  public void renew(String tenantId, String requestId, List<Charge> charges) {
    local.renew(tenantId, requestId, charges);
    send(
        LimitScript.Operation.renew,
        tenantId,
        requestId,
        charges.stream().filter(charge -> Quotas.leased(charge.limit())).toList(),
        NONE);
  }

  private void send(
      LimitScript.Operation operation,
      String tenantId,
      String requestId,
      List<Charge> charges,
      long[] used) {
    if (!charges.isEmpty() && circuit.tries()) {
      // what is lost here ends with its lease
      var _ = run(operation, tenantId, requestId, charges, used, clock.millis());
    }
  }

  private CompletableFuture<List<Object>> run(
      LimitScript.Operation operation,
      String tenantId,
      String requestId,
      List<Charge> charges,
      long[] used,
      long now) {
    StatefulRedisConnection<String, String> current = connection;
    if (current == null) {
      connectAgain();
      noteFailure("not connected");
      return CompletableFuture.failedFuture(new IllegalStateException("Redis is not connected"));
    }
    LimitScript.Call call =
        LimitScript.call(operation, tenantId, requestId, charges, used, now, leaseMillis);
    RedisAsyncCommands<String, String> redis = current.async();
    CompletableFuture<List<Object>> reply =
        redis
            .<List<Object>>evalsha(sha, ScriptOutputType.MULTI, call.keys, call.args)
            .toCompletableFuture()
            .exceptionallyCompose(failure ->
                cause(failure) instanceof RedisNoScriptException
                    ? redis.eval(script, ScriptOutputType.MULTI, call.keys, call.args)
                    : CompletableFuture.failedFuture(failure));
    return reply
        .orTimeout(timeoutNanos, TimeUnit.NANOSECONDS)
        .whenComplete((result, failure) -> {
          if (failure != null) {
            noteFailure(cause(failure).getClass().getSimpleName());
          } else if (circuit.succeeded()) {
            LOG.info("Redis answers again; limits are counted there");
          }
        });
  }

  private void noteFailure(String why) {
    if (circuit.failed()) {
      LOG.warn(
          "Redis at {}:{} does not answer ({}); each limit does what its whenUnavailable says",
          uri.getHost(),
          uri.getPort(),
          why);
    }
  }

  private static Throwable cause(Throwable failure) {
    Throwable inner = failure.getCause();
    return failure instanceof CompletionException && inner != null ? inner : failure;
  }

  private void connectAgain() {
    if (closed || !connecting.compareAndSet(false, true)) {
      return;
    }
    var _ =
        client
            .connectAsync(StringCodec.UTF8, uri)
            .whenComplete((opened, failure) -> {
              if (opened != null) {
                connection = opened;
              }
              connecting.set(false);
            });
  }

  /** Waits until the first connection stands, at most as long as given; false when it does not. */
  public boolean awaitConnection(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (connection == null && System.nanoTime() - end < 0) {
      connectAgain();
      Thread.sleep(5);
    }
    return connection != null;
  }

  @Override
  public void close() {
    closed = true;
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    var _ = resources.shutdown(0, 1, TimeUnit.SECONDS);
  }
}

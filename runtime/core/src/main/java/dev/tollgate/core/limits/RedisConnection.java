package dev.tollgate.core.limits;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EpollProvider;
import io.lettuce.core.resource.IOUringProvider;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to Redis, or to all nodes of a Redis Cluster, made in the background and made anew
 * when it breaks. A command is sent at most once, so that a reconnect counts nothing twice, and not
 * at all while there is no connection. Any thread.
 */
final class RedisConnection implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);

  /**
   * Without it the system would send again for a quarter of an hour, ever more rarely, to a node
   * that has gone without a word. Only Netty's native transports can be told of it.
   */
  private static final Duration GIVEN_UP = Duration.ofSeconds(5);

  private static final Duration REFRESH = Duration.ofSeconds(30);

  private final RedisAddress address;
  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final Supplier<CompletionStage<RedisClusterAsyncCommands<String, String>>> connect;
  private final AtomicBoolean connecting = new AtomicBoolean();
  private volatile @Nullable RedisClusterAsyncCommands<String, String> commands;
  private volatile String told = "";
  private volatile boolean closed;

  RedisConnection(RedisAddress address) {
    this.address = address;
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .reconnectDelay(
                Delay.exponential(
                    Duration.ofMillis(10), Duration.ofMillis(500), 2, TimeUnit.MILLISECONDS))
            .build();
    if (address.cluster()) {
      var cluster = RedisClusterClient.create(resources, address.nodes());
      cluster.setOptions(clusterOptions());
      client = cluster;
      connect =
          () ->
              cluster
                  .refreshPartitionsAsync()
                  .thenCompose(known -> cluster.connectAsync(StringCodec.UTF8))
                  .thenApply(c -> c.async());
    } else {
      var single = RedisClient.create(resources);
      single.setOptions(options(ClientOptions.builder()).build());
      client = single;
      connect =
          () ->
              single
                  .connectAsync(StringCodec.UTF8, address.nodes().getFirst())
                  .thenApply(c -> c.async());
    }
  }

  private static ClientOptions.Builder options(ClientOptions.Builder builder) {
    var givenUp =
        SocketOptions.TcpUserTimeoutOptions.builder()
            .enable(EpollProvider.isAvailable() || IOUringProvider.isAvailable())
            .tcpUserTimeout(GIVEN_UP)
            .build();
    return builder
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(Duration.ofSeconds(1))
                .tcpUserTimeout(givenUp)
                .build());
  }

  private static ClusterClientOptions clusterOptions() {
    var builder = ClusterClientOptions.builder();
    options(builder);
    return builder
        // nodes come and go, and slots move between them
        .topologyRefreshOptions(
            ClusterTopologyRefreshOptions.builder()
                .enablePeriodicRefresh(REFRESH)
                .enableAllAdaptiveRefreshTriggers()
                .build())
        // a node may be known by another address than the one it was found by
        .validateClusterNodeMembership(false)
        .build();
  }

  /** Commands, once a connection stands; otherwise null, and one is being made. */
  @Nullable RedisClusterAsyncCommands<String, String> commands() {
    var current = commands;
    if (current == null) {
      connect();
    }
    return current;
  }

  void connect() {
    if (closed || !connecting.compareAndSet(false, true)) {
      return;
    }
    var _ =
        connect
            .get()
            .whenComplete((opened, failure) -> {
              if (opened != null) {
                commands = opened;
              } else if (failure != null) {
                tell(failure);
              }
              connecting.set(false);
            });
  }

  /** Says why there is no connection, once for each reason. */
  private void tell(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    var why = cause.getClass().getSimpleName() + ": " + cause.getMessage();
    if (!why.equals(told)) {
      told = why;
      LOG.warn("No connection to Redis at {}: {}", address, why);
    }
  }

  boolean stands() {
    return commands != null;
  }

  RedisAddress address() {
    return address;
  }

  @Override
  public void close() {
    closed = true;
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    var _ = resources.shutdown(0, 1, TimeUnit.SECONDS);
  }
}

package dev.tollgate.gateway.backend;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.client.RawHttpClient;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A client of a backend whose connections each take many requests. While an event loop has none,
 * the first request opens one, and those that come meanwhile wait for it: the client would open one
 * for each of them. Where it cannot be opened, which takes no longer than a connection may, they
 * wait no more.
 */
final class SharedConnections implements RawHttpClient {

  private static final AttributeKey<Boolean> KNOWN =
      AttributeKey.valueOf(SharedConnections.class, "known");

  private final RawHttpClient client;
  private final ConcurrentMap<EventExecutor, Loop> loops = new ConcurrentHashMap<>();

  SharedConnections(RawHttpClient client) {
    this.client = client;
  }

  @Override
  public Publisher<? extends HttpResponse<?>> exchange(
      HttpRequest<?> request, @Nullable CloseableByteBody body, @Nullable Thread blocked) {
    if (!(request instanceof OnwardRequest onward)) {
      return client.exchange(request, body, blocked);
    }
    var current = ThreadExecutorMap.currentExecutor();
    if (current != null) {
      return loop(current).exchange(onward, body, blocked);
    }
    // it was admitted on another thread, such as that which read its tenant's quota
    var own = onward.loop();
    return own == null
        ? client.exchange(request, body, blocked)
        : Mono.defer(() -> Mono.from(loop(own).exchange(onward, body, blocked)))
            .subscribeOn(Schedulers.fromExecutor(own));
  }

  private Loop loop(EventExecutor executor) {
    return loops.computeIfAbsent(executor, Loop::new);
  }

  @Override
  public void close() throws IOException {
    client.close();
  }

  /** The connections of one event loop, on which everything here runs. */
  final class Loop {
    private final EventExecutor executor;
    private int open;
    private @Nullable CompletableFuture<@Nullable Void> opening;

    Loop(EventExecutor executor) {
      this.executor = executor;
    }

    private Publisher<? extends HttpResponse<?>> exchange(
        OnwardRequest request, @Nullable CloseableByteBody body, @Nullable Thread blocked) {
      request.on(this);
      if (open > 0) {
        return client.exchange(request, body, blocked);
      }
      var awaited = opening;
      if (awaited != null) {
        return Mono.fromFuture(awaited, true)
            .then(Mono.defer(() -> Mono.from(client.exchange(request, body, blocked))));
      }
      opening = new CompletableFuture<>();
      return Mono.from(client.exchange(request, body, blocked))
          .doFinally(signal -> executor.execute(this::opened));
    }

    /** A request goes out on a connection, or on a stream of one. */
    void goesOut(Channel on) {
      var connection = on.parent() == null ? on : on.parent();
      if (connection.attr(KNOWN).setIfAbsent(true) != null) {
        return;
      }
      open++;
      connection.closeFuture().addListener(closed -> open--);
      executor.execute(this::opened);
    }

    /** Those that wait go on, be there a connection or not. */
    private void opened() {
      var awaited = opening;
      if (awaited != null) {
        opening = null;
        awaited.complete(null);
      }
    }
  }
}

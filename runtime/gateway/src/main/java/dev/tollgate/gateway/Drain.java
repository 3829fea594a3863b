package dev.tollgate.gateway;

import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.order.Ordered;
import io.micronaut.runtime.graceful.GracefulShutdownManager;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a replica without dropping a request: no connection is taken any more, open ones are told to
 * close after their answer, and requests under way have time to end. Idle connections are not
 * waited for. What has not ended in time is reset, so that no caller waits for the rest.
 */
@Singleton
final class Drain implements ApplicationEventListener<ShutdownEvent>, Ordered {

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
  private static final long POLL_MILLIS = 20;
  private static final long RESET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final GracefulShutdownManager server;
  private final Running running;
  private final Connections open;
  private final long atMostMillis;

  Drain(
      GracefulShutdownManager server, Running running, Connections open, GatewaySettings settings) {
    this.server = server;
    this.running = running;
    this.open = open;
    this.atMostMillis = settings.drain().toMillis();
  }

  @Override
  public void onApplicationEvent(ShutdownEvent event) {
    var connections = server.shutdownGracefully().toCompletableFuture();
    var until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMillis);
    try {
      await(until);
      var left = running.count();
      if (left > 0) {
        LOG.warn("{} requests had not ended after {} ms, and are cut off", left, atMostMillis);
        open.reset();
        // they are written down as what they were
        await(System.nanoTime() + RESET_NANOS);
      } else if (!connections.isDone()) {
        // the last bytes of the last answers
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void await(long until) throws InterruptedException {
    while (running.count() > 0 && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}

package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.Running;
import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.order.Ordered;
import io.micronaut.runtime.graceful.GracefulShutdownManager;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a replica without dropping a request: for a while each answer tells its caller to close, so
 * that no request meets the end of a connection that is kept open; then no connection is taken any
 * more, and requests under way have time to end. What has not ended in time is reset, so that no
 * caller waits for the rest.
 */
@Singleton
final class Drain implements ApplicationEventListener<ShutdownEvent>, Ordered {

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
  private static final long POLL_MILLIS = 20;
  private static final long RESET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final GracefulShutdownManager server;
  private final Running running;
  private final Connections open;
  private final long farewellNanos;
  private final long atMostMillis;

  Drain(
      GracefulShutdownManager server, Running running, Connections open, GatewaySettings settings) {
    this.server = server;
    this.running = running;
    this.open = open;
    this.farewellNanos = settings.farewell().toNanos();
    this.atMostMillis = settings.drain().toMillis();
  }

  @Override
  public void onApplicationEvent(ShutdownEvent event) {
    try {
      open.farewell(farewellNanos);
      var connections = server.shutdownGracefully().toCompletableFuture();
      await(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMillis));
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

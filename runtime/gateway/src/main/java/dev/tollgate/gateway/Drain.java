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
 * waited for.
 */
@Singleton
final class Drain implements ApplicationEventListener<ShutdownEvent>, Ordered {

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
  private static final long POLL_MILLIS = 20;

  private final GracefulShutdownManager server;
  private final Running running;
  private final long atMostMillis;

  Drain(GracefulShutdownManager server, Running running, GatewaySettings settings) {
    this.server = server;
    this.running = running;
    this.atMostMillis = settings.drain().toMillis();
  }

  @Override
  public void onApplicationEvent(ShutdownEvent event) {
    var connections = server.shutdownGracefully().toCompletableFuture();
    var until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMillis);
    try {
      while (running.count() > 0 && System.nanoTime() < until) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      var left = running.count();
      if (left > 0) {
        LOG.warn("{} requests had not ended after {} ms, and are cut off", left, atMostMillis);
      } else if (!connections.isDone()) {
        // the last bytes of the last answers
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }
}

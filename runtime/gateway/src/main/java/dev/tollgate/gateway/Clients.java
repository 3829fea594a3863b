package dev.tollgate.gateway;

import dev.tollgate.crd.resolve.BackendView;
import dev.tollgate.crd.resolve.RouteView;
import io.micronaut.context.BeanContext;
import io.micronaut.http.client.DefaultHttpClientConfiguration;
import io.micronaut.http.client.HttpClient;
import io.micronaut.http.client.LoadBalancer;
import io.micronaut.http.client.RawHttpClient;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Hooks;

/** Makes the HTTP client of a backend: its own connections, on the server's event loops. */
@Singleton
public final class Clients {

  private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
  private static final int MAX_CONTENT = Integer.MAX_VALUE;
  private final BeanContext context;

  Clients(BeanContext context) {
    this.context = context;
    // a failure that comes after a request has timed out or its caller has gone concerns nobody
    Hooks.onErrorDropped(e -> LOG.debug("after the end of a request", e));
  }

  RawHttpClient client(RouteView route, BackendView backend) {
    return client(
        Objects.requireNonNull(backend.url()),
        route.connectTimeout(),
        route.idleTimeout(),
        backend.maxConnections(),
        backend.maxPending());
  }

  /**
   * As above.
   *
   * @param idle how long a connection may be silent while an answer is awaited
   */
  public RawHttpClient client(
      URI base, Duration connect, Duration idle, int maxConnections, int maxPending) {
    var configuration = new DefaultHttpClientConfiguration();
    configuration.setEventLoopGroup("default");
    configuration.setConnectTimeout(connect);
    configuration.setReadTimeout(idle);
    configuration.setMaxContentLength(MAX_CONTENT);
    configuration.setFollowRedirects(false);
    configuration.setExceptionOnErrorStatus(false);
    configuration.setDecompressionEnabled(false);
    var pool = configuration.getConnectionPoolConfiguration();
    pool.setMaxConcurrentHttp1Connections(maxConnections);
    pool.setMaxPendingAcquires(Math.max(1, maxPending));
    return (RawHttpClient)
        context.createBean(HttpClient.class, LoadBalancer.fixed(base), configuration);
  }
}

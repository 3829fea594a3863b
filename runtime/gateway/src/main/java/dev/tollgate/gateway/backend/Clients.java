package dev.tollgate.gateway.backend;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tls.SecretTrust;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.http.Http2Window;
import io.micronaut.context.BeanContext;
import io.micronaut.http.client.DefaultHttpClientConfiguration;
import io.micronaut.http.client.HttpClient;
import io.micronaut.http.client.HttpClientConfiguration.ConnectionPoolConfiguration.ConnectionLocality;
import io.micronaut.http.client.HttpVersionSelection;
import io.micronaut.http.client.LoadBalancer;
import io.micronaut.http.client.RawHttpClient;
import io.netty.channel.EventLoopGroup;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Hooks;

/** Makes the HTTP client of a backend: its own connections, on the server's event loops. */
@Singleton
public final class Clients {

  private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
  private static final int MAX_CONTENT = Integer.MAX_VALUE;

  /** How long a connection is kept for the next request; servers often close theirs after 60 s. */
  private static final Duration UNUSED = Duration.ofSeconds(50);

  private final BeanContext context;
  private final Secrets secrets;
  private final int headerBytes;
  private final int loops;

  Clients(BeanContext context, EventLoopGroup group, Secrets secrets, GatewaySettings settings) {
    this.context = context;
    this.secrets = secrets;
    this.headerBytes = settings.answerHeaderBytes();
    var count = new AtomicInteger();
    group.forEach(loop -> count.incrementAndGet());
    this.loops = count.get();
    // a failure that comes after a request has timed out or its caller has gone concerns nobody
    Hooks.onErrorDropped(e -> LOG.debug("after the end of a request", e));
  }

  /**
   * A client whose answers come on the event loop that asks, which saves each piece of an answer
   * two changes of thread. The caller sees to it that no more than {@code concurrent} requests are
   * under way; idle connections of other loops may come on top.
   *
   * @param base http, https, or h2c for HTTP/2 without TLS
   * @param authorities those that its certificate must come from; null for the publicly known
   * @param idle how long a connection may be silent while an answer is awaited
   */
  public RawHttpClient client(
      URI base, @Nullable SecretRef authorities, Duration connect, Duration idle, int concurrent) {
    var configuration = configuration(connect, idle);
    if (authorities != null) {
      configuration.setSslConfiguration(
          new BackendSsl(new SecretTrust(authorities, SecretUse.UPSTREAM, secrets)));
    }
    if (PlainHttp2.isAskedFor(base)) {
      configuration.setPlaintextMode(HttpVersionSelection.PlaintextMode.H2C);
    }
    var pool = configuration.getConnectionPoolConfiguration();
    pool.setConnectionLocality(ConnectionLocality.ENFORCED_IF_SAME_GROUP);
    // A request waits for a connection of its own loop alone, so that each must be able to get one,
    // be the others idle on another loop, about to be opened, or full of streams.
    var connections = (int) Math.min((long) concurrent * loops, Integer.MAX_VALUE);
    pool.setMaxConcurrentHttp1Connections(connections);
    pool.setMaxConcurrentHttp2Connections(connections);
    pool.setMaxConcurrentRequestsPerHttp2Connection(Http2Window.STREAMS);
    pool.setMaxPendingConnections(connections);
    pool.setMaxPendingAcquires(Integer.MAX_VALUE);
    var client =
        (RawHttpClient)
            context.createBean(
                HttpClient.class, LoadBalancer.fixed(PlainHttp2.http(base)), configuration);
    return PlainHttp2.isAskedFor(base) ? new SharedConnections(client) : client;
  }

  private DefaultHttpClientConfiguration configuration(Duration connect, Duration idle) {
    var configuration = new DefaultHttpClientConfiguration();
    configuration.setEventLoopGroup("default");
    configuration.setConnectTimeout(connect);
    configuration.setReadTimeout(idle);
    configuration.setConnectionPoolIdleTimeout(UNUSED);
    configuration.setMaxHeaderSize(headerBytes);
    configuration.getHttp2Configuration().setMaxHeaderListSize(headerBytes);
    configuration.setMaxContentLength(MAX_CONTENT);
    configuration.setFollowRedirects(false);
    configuration.setExceptionOnErrorStatus(false);
    configuration.setDecompressionEnabled(false);
    return configuration;
  }
}

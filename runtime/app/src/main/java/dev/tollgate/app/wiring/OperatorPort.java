package dev.tollgate.app.wiring;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.tls.ServerCertificate;
import dev.tollgate.core.tls.TrustedAuthorities;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port on which the operator asks, in a cluster: with TLS on both sides, so that the operator
 * knows that it speaks to a replica of this pool, and the replica that it is the operator. What
 * both have for it is in a directory, as a mounted {@link PoolSecret} has it, and is read again
 * every half minute.
 */
@Singleton
@Requires(property = OperatorPort.DIRECTORY)
public final class OperatorPort
    implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {

  static final String DIRECTORY = "tollgate.operator.directory";

  private static final Logger LOG = LoggerFactory.getLogger(OperatorPort.class);
  private static final int READ_SECONDS = 30;
  private static final String TLS = "operator-tls";

  private final int port;
  private final Path directory;
  private volatile SslContext tls;

  /**
   * @throws IllegalStateException when the directory does not have what is needed
   */
  OperatorPort(
      @Property(name = "tollgate.operator.port") int port,
      @Property(name = DIRECTORY) String directory,
      RuntimeFactory.Periodic periodic) {
    this.port = port;
    this.directory = Path.of(directory);
    try {
      tls = ofFiles();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(cannotBeRead(e), e);
    }
    periodic.every(READ_SECONDS, this::read);
  }

  /** Reads all again; connections that are made from now on have what is new. */
  public void read() {
    try {
      tls = ofFiles();
    } catch (GeneralSecurityException | IOException e) {
      LOG.warn("{}; what was read before is used on", cannotBeRead(e));
    }
  }

  private String cannotBeRead(Exception e) {
    return directory + " has no certificates for the operator's port that can be read: " + e;
  }

  private SslContext ofFiles() throws GeneralSecurityException, IOException {
    var own = ServerCertificate.in(directory);
    return SslContextBuilder.forServer(own.key(), own.chain().toArray(X509Certificate[]::new))
        .sslProvider(SslProvider.JDK)
        .protocols("TLSv1.3")
        .trustManager(
            TrustedAuthorities.of(Files.readAllBytes(directory.resolve(PoolSecret.AUTHORITIES))))
        .clientAuth(ClientAuth.REQUIRE)
        .build();
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    event.getBean().register(new AtPort());
    return event.getBean();
  }

  private final class AtPort implements NettyServerCustomizer {

    @Override
    public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
      return role == ChannelRole.CONNECTION
              && channel.localAddress() instanceof InetSocketAddress address
              && address.getPort() == port
          ? new Secured(channel)
          : this;
    }
  }

  private final class Secured implements NettyServerCustomizer {
    private final Channel channel;

    Secured(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void onInitialPipelineBuilt() {
      var pipeline = channel.pipeline();
      pipeline.addFirst(TLS, tls.newHandler(channel.alloc()));
      pipeline.addFirst(new PastTls());
    }
  }

  /**
   * Leads what is not bytes past TLS: Micronaut sends the first request through the whole pipeline
   * a second time, and TLS, which is at work with its bytes, would keep it back behind its own end.
   */
  private static final class PastTls extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      var before = message instanceof ByteBuf ? context : context.pipeline().context(TLS);
      before.fireChannelRead(message);
    }
  }
}

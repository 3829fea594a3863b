package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.body.BrokenBodies;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Knows the open connections, and settles how HTTP/2 is spoken without TLS: from the first byte
 * (RFC 9113, 3.3). The upgrade from HTTP/1.1, which that RFC took out, would have a request's whole
 * body in memory; who asks for it is answered in HTTP/1.1.
 */
@Singleton
final class Connections implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {

  /** Flushes that are put together at most; what is written waits for the loop's next task. */
  private static final int MOST_FLUSHES = 64;

  private static final long POLL_MILLIS = 20;

  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final Duration head;
  private volatile boolean leaving;

  Connections(MeterRegistry meters, GatewaySettings settings) {
    head = settings.head();
    Gauge.builder("tollgate.connections", open, Set::size)
        .description("Open connections of callers; for autoscaling")
        .register(meters);
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    event.getBean().register(new Customizer(null));
    return event.getBean();
  }

  /**
   * From now on each answer tells its caller to close the connection. Blocks until none is open, or
   * so much time has passed.
   */
  void farewell(long nanos) throws InterruptedException {
    leaving = true;
    var until = System.nanoTime() + nanos;
    while (!open.isEmpty() && System.nanoTime() - until < 0) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  /**
   * Ends all of them at once, and says so to their callers: what was sent and not read is thrown
   * away, and the system has nothing left to send when this process, and its network, have gone.
   */
  void reset() {
    for (var channel : open) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      // past TLS, which would first say farewell to somebody who does not read
      var _ = channel.pipeline().firstContext().close();
    }
  }

  private final class Customizer implements NettyServerCustomizer {
    private final @Nullable Channel channel;

    Customizer(@Nullable Channel channel) {
      this.channel = channel;
    }

    @Override
    public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
      if (role != ChannelRole.CONNECTION) {
        return this;
      }
      open.add(channel);
      channel.closeFuture().addListener(closed -> open.remove(channel));
      return new Customizer(channel);
    }

    @Override
    public void onInitialPipelineBuilt() {
      if (channel != null) {
        var upgrade = channel.pipeline().context(HttpServerUpgradeHandler.class);
        if (upgrade != null) {
          channel.pipeline().addBefore(upgrade.name(), "no-h2c-upgrade", new NoUpgrade());
          CallerStreams.await(channel);
        } else {
          CallerStreams.follow(channel);
        }
        guard(channel.pipeline());
        channel.pipeline().addFirst("flushes", new FlushConsolidationHandler(MOST_FLUSHES, true));
      }
    }

    @Override
    public void onStreamPipelineBuilt() {
      if (channel != null) {
        guard(channel.pipeline());
      }
    }

    private void guard(ChannelPipeline pipeline) {
      BrokenBodies.guard(pipeline);
      var codec = pipeline.context(HttpServerCodec.class);
      if (codec != null && pipeline.get(Farewell.class) == null) {
        pipeline.addAfter(codec.name(), "farewell", new Farewell());
      }
      RequestLines.guard(pipeline);
      SlowHeads.guard(pipeline, head);
    }
  }

  /** Says with the answer that the connection is to be closed. */
  private final class Farewell extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (leaving && message instanceof HttpResponse response && response.status().code() >= 200) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      }
      super.write(context, message, promise);
    }
  }

  /** Takes the wish for an upgrade to HTTP/2 out of the first request of a connection. */
  private static final class NoUpgrade extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        var upgrade = request.headers().get("Upgrade");
        if (upgrade != null && upgrade.toLowerCase(Locale.ROOT).contains("h2c")) {
          request.headers().remove("Upgrade").remove("HTTP2-Settings");
        }
      }
      context.fireChannelRead(message);
      if (!context.isRemoved()) {
        context.pipeline().remove(this);
      }
    }
  }
}

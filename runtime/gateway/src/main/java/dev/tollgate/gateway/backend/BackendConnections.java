package dev.tollgate.gateway.backend;

import dev.tollgate.gateway.body.BrokenBodies;
import dev.tollgate.gateway.http.Http2Window;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.client.netty.NettyClientCustomizer;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Equips the connections to backends, and each stream of those that speak HTTP/2. */
@Singleton
final class BackendConnections implements BeanCreatedEventListener<NettyClientCustomizer.Registry> {

  @Override
  public NettyClientCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyClientCustomizer.Registry> event) {
    event.getBean().register(new Customizer(null));
    return event.getBean();
  }

  private static final class Customizer implements NettyClientCustomizer {
    private final @Nullable Channel connection;

    Customizer(@Nullable Channel connection) {
      this.connection = connection;
    }

    @Override
    public NettyClientCustomizer specializeForChannel(Channel channel, ChannelRole role) {
      return switch (role) {
        case CONNECTION -> new Customizer(channel);
        case HTTP2_STREAM -> new Stream(channel);
        default -> this;
      };
    }

    @Override
    public void onInitialPipelineBuilt() {
      if (connection == null || !PlainHttp2.begins(connection.pipeline())) {
        onStreamPipelineBuilt();
      }
    }

    @Override
    public void onStreamPipelineBuilt() {
      if (connection == null) {
        return;
      }
      var pipeline = connection.pipeline();
      BrokenBodies.guard(pipeline);
      var http1 = pipeline.context(HttpClientCodec.class);
      if (http1 != null && pipeline.get(Outgoing.NAME) == null) {
        pipeline.addAfter(http1.name(), InterimAnswers.NAME, new InterimAnswers());
        pipeline.addAfter(http1.name(), Outgoing.NAME, new Outgoing.Connection());
        pipeline.addAfter(BrokenBodies.NAME, SmallChunks.NAME, new SmallChunks());
      }
      var http2 = pipeline.get(Http2FrameCodec.class);
      if (http2 != null) {
        Http2Window.widen(http2.connection());
      }
    }
  }

  /** A request that shares its connection with others. */
  private static final class Stream implements NettyClientCustomizer {
    private final Channel stream;

    Stream(Channel stream) {
      this.stream = stream;
    }

    @Override
    public void onRequestPipelineBuilt() {
      var pipeline = stream.pipeline();
      var codec = pipeline.context(Http2StreamFrameToHttpObjectCodec.class);
      pipeline.addAfter(codec.name(), InterimAnswers.NAME, new InterimAnswers());
      pipeline.addAfter(codec.name(), Outgoing.NAME, new Outgoing.Connection());
      // the timeout of the connection ends no stream that is silent while others are not
      var name = ChannelPipelineCustomizer.HANDLER_READ_TIMEOUT;
      if (stream.parent().pipeline().get(name) instanceof ReadTimeoutHandler silence) {
        var millis = silence.getReaderIdleTimeInMillis();
        pipeline.addBefore(
            codec.name(), name, new ReadTimeoutHandler(millis, TimeUnit.MILLISECONDS));
      }
    }
  }
}

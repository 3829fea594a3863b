package dev.tollgate.gateway.caller;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection of HTTP/1.1 on which the head of a request has begun and does not come to its
 * end. Between requests a connection may be idle for longer. Runs on its event loop.
 */
final class SlowHeads {

  private static final String BEFORE = "slow-heads";

  private final Duration limit;
  private boolean began;
  private boolean inBody;
  private @Nullable Future<?> timer;

  private SlowHeads(Duration limit) {
    this.limit = limit;
  }

  /** Guards a connection that speaks HTTP/1.1, once; others are left alone. */
  static void guard(ChannelPipeline pipeline, Duration limit) {
    var codec = pipeline.context(HttpServerCodec.class);
    if (codec != null && pipeline.get(BEFORE) == null) {
      var heads = new SlowHeads(limit);
      pipeline.addBefore(codec.name(), BEFORE, heads.new Bytes());
      pipeline.addAfter(codec.name(), BEFORE + "-read", heads.new Messages());
    }
  }

  /** Sees bytes before they are read. */
  private final class Bytes extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      began = true;
      context.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.fireChannelReadComplete();
      if (began && !inBody && timer == null) {
        timer =
            context
                .executor()
                .schedule(
                    () -> {
                      var _ = context.close();
                    },
                    limit.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      come();
      context.fireChannelInactive();
    }
  }

  /** Sees what was read of them. */
  private final class Messages extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        come();
        inBody = true;
      }
      if (message instanceof LastHttpContent) {
        inBody = false;
        began = false;
      }
      context.fireChannelRead(message);
    }
  }

  /** A head is whole. */
  private void come() {
    began = false;
    var running = timer;
    if (running != null) {
      timer = null;
      var _ = running.cancel(false);
    }
  }
}

package dev.tollgate.gateway.proxy;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.ResponseHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Two connections whose bytes are passed on as they come. A side that does not read stops the other
 * from being read, so memory is bounded; silence in both directions ends it. Both connections share
 * one event loop.
 */
final class Tunnel {

  private final Channel client;
  private final Channel backend;
  private final Admission admission;
  private final Permit permit;
  private final Duration idle;

  Tunnel(Channel client, Channel backend, Admission admission, Permit permit, Duration idle) {
    this.client = client;
    this.backend = backend;
    this.admission = admission;
    this.permit = permit;
    this.idle = idle;
  }

  /** Tells the client that the backend agreed, and takes both pipelines over. */
  void begin(HttpResponse agreed) {
    var response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, agreed.status(), Unpooled.EMPTY_BUFFER);
    response.headers().add(agreed.headers());
    response.headers().set(ResponseHeaders.REQUEST_ID, admission.id());
    // which RFC 9110, 8.6 forbids
    response.headers().remove("Content-Length").remove("Transfer-Encoding");
    admission.streams(true, () -> client.eventLoop().execute(this::cutOff));
    // extensions are agreed on with the backend; on the answer it would look for what has gone by
    // then
    var extensions = client.pipeline().get(WebSocketServerExtensionHandler.class);
    if (extensions != null) {
      client.pipeline().remove(extensions);
    }
    var _ = client.closeFuture().addListener(closed -> ended());
    var _ = backend.closeFuture().addListener(closed -> ended());
    var _ =
        client
            .writeAndFlush(response)
            .addListener(written -> {
              if (!written.isSuccess()) {
                var _ = client.close();
                var _ = backend.close();
              }
            });
    var toClient = new Relay(client, admission::sent);
    var toBackend = new Relay(backend, admission::received);
    takeOver(backend, toClient);
    takeOver(client, toBackend);
    toClient.begin();
    toBackend.begin();
  }

  /** Replaces every handler but TLS; codecs hand on what they had read ahead. */
  private void takeOver(Channel channel, ChannelHandler relay) {
    var pipeline = channel.pipeline();
    var names = new ArrayList<>(pipeline.names());
    pipeline.addLast(new IdleStateHandler(0, 0, idle.toMillis(), TimeUnit.MILLISECONDS), relay);
    for (var name : names.reversed()) {
      var handler = pipeline.get(name);
      if (handler != null && !(handler instanceof SslHandler)) {
        pipeline.remove(handler);
      }
    }
    channel.config().setAutoRead(true);
    channel.read();
  }

  private void cutOff() {
    admission.end(Outcome.PARTIAL, 101);
    ended();
  }

  private void ended() {
    permit.close();
    admission.end(Outcome.COMPLETE, 101);
    // what is on its way to the other side still goes out
    for (var channel : new Channel[] {client, backend}) {
      if (channel.isActive()) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  /** Passes on what one side sends. */
  private static final class Relay extends ChannelInboundHandlerAdapter {
    private final Channel other;
    private final LongConsumer count;
    private @Nullable List<ByteBuf> early = new ArrayList<>(1);

    Relay(Channel other, LongConsumer count) {
      this.other = other;
      this.count = count;
    }

    /** The other side has no codec any more, which would not let pass what came with the head. */
    void begin() {
      var held = early;
      early = null;
      if (held != null) {
        for (var bytes : held) {
          var _ = other.write(bytes);
        }
        other.flush();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf bytes)) {
        ReferenceCountUtil.release(message);
        return;
      }
      count.accept(bytes.readableBytes());
      var held = early;
      if (held != null) {
        held.add(bytes);
        return;
      }
      var _ = other.write(bytes);
      if (!other.isWritable()) {
        context.channel().config().setAutoRead(false);
        other.flush();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      other.flush();
    }

    /** This side takes bytes again: the other one may be read. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      other.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof IdleStateEvent) {
        var _ = context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }
}

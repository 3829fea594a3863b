package dev.tollgate.gateway.backend;

import dev.tollgate.gateway.caller.CallerStreams;
import dev.tollgate.gateway.caller.Trailers;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Knows which connection a request to a backend went out on, so that an answer that nobody wants
 * any more can be broken off: the HTTP client would read it to its end, which an endless stream has
 * not. The request's headers bring it to the handler of the connection or, with HTTP/2, of its
 * stream, whose end leaves the connection to the others. It also knows the trailers of both sides,
 * which the HTTP client passes over.
 */
public final class Outgoing {

  public static final String NAME = "outgoing";

  private @Nullable Channel channel;
  private boolean unwanted;
  private volatile boolean kept;
  private volatile @Nullable NettyHttpRequest<?> caller;
  private volatile @Nullable HttpHeaders trailers;
  private volatile SharedConnections.@Nullable Loop connections;

  /** Whose request it is, and whose trailers may follow its body. */
  void of(NettyHttpRequest<?> request) {
    caller = request;
  }

  @Nullable EventLoop loop() {
    var request = caller;
    return request == null ? null : request.getChannelHandlerContext().channel().eventLoop();
  }

  void on(SharedConnections.Loop shared) {
    connections = shared;
  }

  /** Whether it went out on a connection that had been kept open after another request. */
  boolean onKeptConnection() {
    return kept;
  }

  /** Those of the answer that may be passed on; null while none have come. */
  @Nullable HttpHeaders trailers() {
    return trailers;
  }

  /**
   * Closes what the request went out on, unless another uses it by now.
   *
   * @return false where it has not gone out: it will not any more, and what it would have gone out
   *     on is closed in its place
   */
  boolean breakOff() {
    Channel on;
    synchronized (this) {
      on = channel;
      unwanted = true;
    }
    if (on == null) {
      return false;
    }
    on.eventLoop()
        .execute(() -> {
          var handler = (Connection) on.pipeline().get(NAME);
          if (handler != null && equals(handler.current)) {
            var _ = on.close();
          }
        });
    return true;
  }

  private boolean goesOut(Channel on) {
    var shared = connections;
    if (shared != null) {
      shared.goesOut(on);
    }
    synchronized (this) {
      if (!unwanted) {
        channel = on;
      }
      return !unwanted;
    }
  }

  /** The headers of such a request. */
  static final class Headers extends DefaultHttpHeaders {
    private final Outgoing outgoing;

    Headers(Outgoing outgoing) {
      this.outgoing = outgoing;
    }
  }

  /** Sees the requests of one connection, or the one of a stream, go out. */
  public static final class Connection extends ChannelDuplexHandler {
    private @Nullable Outgoing current;
    private boolean http2;
    private boolean used;

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      http2 = context.channel() instanceof Http2StreamChannel;
    }

    /** Netty may write that more of a stream may come, and leave it to others to flush that. */
    @Override
    public void read(ChannelHandlerContext context) {
      context.read();
      if (http2) {
        context.flush();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (current != null
          && message instanceof LastHttpContent last
          && !last.trailingHeaders().isEmpty()) {
        current.trailers = Trailers.passable(last.trailingHeaders());
      }
      context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof HttpRequest request) {
        current = request.headers() instanceof Headers headers ? headers.outgoing : null;
        if (current != null) {
          current.kept = used;
        }
        used = true;
        if (current != null && !current.goesOut(context.channel())) {
          ReferenceCountUtil.release(message);
          promise.tryFailure(new ClosedChannelException());
          var _ = context.close();
          return;
        }
        if (!http2 && request.headers().contains(HttpHeaderNames.TE)) {
          // RFC 9110, 10.1.4
          var connection = request.headers().get(HttpHeaderNames.CONNECTION, "keep-alive");
          request.headers().set(HttpHeaderNames.CONNECTION, connection + ", TE");
        }
      }
      super.write(
          context,
          current != null && message instanceof LastHttpContent last
              ? end(context, current, last)
              : message,
          promise);
    }

    /** The end of a request with the caller's trailers, where both sides speak HTTP/2. */
    private LastHttpContent end(
        ChannelHandlerContext context, Outgoing outgoing, LastHttpContent last) {
      var caller = outgoing.caller;
      var trailers = caller == null || !http2 ? null : CallerStreams.trailers(caller);
      outgoing.caller = null;
      if (trailers == null) {
        return last;
      }
      context.pipeline().addFirst(new WithoutScheme());
      return last instanceof FullHttpRequest whole
          ? new DefaultFullHttpRequest(
              whole.protocolVersion(),
              whole.method(),
              whole.uri(),
              whole.content(),
              whole.headers(),
              trailers)
          : new DefaultLastHttpContent(last.content(), trailers);
    }
  }

  /** The HTTP client has all headers of a stream name a scheme, which trailers must not. */
  private static final class WithoutScheme extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof Http2HeadersFrame frame && frame.headers().method() == null) {
        frame.headers().remove(Http2Headers.PseudoHeaderName.SCHEME.value());
      }
      super.write(context, message, promise);
    }
  }
}

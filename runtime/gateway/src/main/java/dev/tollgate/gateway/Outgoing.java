package dev.tollgate.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Knows which connection a request to a backend went out on, so that an answer that nobody wants
 * any more can be broken off: the HTTP client would read it to its end, which an endless stream has
 * not. The request's headers bring it to the handler of the connection or, with HTTP/2, of its
 * stream, whose end leaves the connection to the others.
 */
final class Outgoing {

  static final String NAME = "outgoing";

  private @Nullable Channel channel;
  private boolean unwanted;

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

  private synchronized boolean goesOut(Channel on) {
    if (!unwanted) {
      channel = on;
    }
    return !unwanted;
  }

  /** The headers of such a request. */
  static final class Headers extends DefaultHttpHeaders {
    private final Outgoing outgoing;

    Headers(Outgoing outgoing) {
      this.outgoing = outgoing;
    }
  }

  /** Sees the requests of one connection, or the one of a stream, go out. */
  static final class Connection extends ChannelOutboundHandlerAdapter {
    private @Nullable Outgoing current;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof HttpRequest request) {
        current = request.headers() instanceof Headers headers ? headers.outgoing : null;
        if (current != null && !current.goesOut(context.channel())) {
          ReferenceCountUtil.release(message);
          promise.tryFailure(new ClosedChannelException());
          var _ = context.close();
          return;
        }
      }
      super.write(context, message, promise);
    }
  }
}

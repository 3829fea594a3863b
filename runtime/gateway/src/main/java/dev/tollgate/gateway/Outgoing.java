package dev.tollgate.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Knows which connection a request to a backend went out on, so that an answer that nobody wants
 * any more can be broken off: the HTTP client would read it to its end, which an endless stream has
 * not. The request's headers bring it to the handler of the connection or, with HTTP/2, of its
 * stream, whose end leaves the connection to the others.
 */
final class Outgoing {

  static final String NAME = "outgoing";

  private volatile @Nullable Channel channel;

  /** Closes what the request went out on, unless another uses it by now. */
  void breakOff() {
    var on = channel;
    if (on != null) {
      on.eventLoop()
          .execute(() -> {
            var handler = (Connection) on.pipeline().get(NAME);
            if (handler != null && equals(handler.current)) {
              var _ = on.close();
            }
          });
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
  static final class Connection extends ChannelOutboundHandlerAdapter {
    private @Nullable Outgoing current;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof HttpRequest request) {
        current = request.headers() instanceof Headers headers ? headers.outgoing : null;
        if (current != null) {
          current.channel = context.channel();
        }
      }
      super.write(context, message, promise);
    }
  }
}

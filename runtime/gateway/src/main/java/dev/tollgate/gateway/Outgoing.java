package dev.tollgate.gateway;

import io.micronaut.http.MutableHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Knows which connection a request to a backend went out on, so that an answer that nobody wants
 * any more can be broken off: the HTTP client would read it to its end, which an endless stream has
 * not. A request is marked by a header, which the connection's handler takes out again. HTTP/1.1
 * only; the client itself resets streams of HTTP/2.
 */
@Singleton
public final class Outgoing {

  static final String NAME = "outgoing";
  private static final String MARK = "x-tollgate-outgoing";

  private final AtomicLong last = new AtomicLong();
  private final Map<String, Sent> waiting = new ConcurrentHashMap<>();

  /** One request that is sent. */
  public final class Sent {
    private final String mark = Long.toString(last.incrementAndGet(), Character.MAX_RADIX);
    private volatile @Nullable Channel channel;

    private Sent() {}

    /** Closes the connection that it went out on, unless another request uses it by now. */
    public void breakOff() {
      waiting.remove(mark);
      var on = channel;
      if (on != null) {
        on.eventLoop()
            .execute(() -> {
              var handler = (Marks) on.pipeline().get(NAME);
              if (handler != null && mark.equals(handler.current)) {
                var _ = on.close();
              }
            });
      }
    }
  }

  /** Marks a request that is about to be sent. */
  public Sent mark(MutableHttpRequest<?> request) {
    var sent = new Sent();
    request.getHeaders().set(MARK, sent.mark);
    waiting.put(sent.mark, sent);
    return sent;
  }

  Marks marks() {
    return new Marks();
  }

  /** Takes the mark out of a request, and remembers it. Belongs to one connection. */
  final class Marks extends ChannelOutboundHandlerAdapter {
    private @Nullable String current;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof HttpRequest request) {
        var mark = request.headers().get(MARK);
        current = mark;
        if (mark != null) {
          request.headers().remove(MARK);
          var sent = waiting.remove(mark);
          if (sent != null) {
            sent.channel = context.channel();
          }
        }
      }
      super.write(context, message, promise);
    }
  }
}

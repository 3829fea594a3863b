package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.http.Http2Window;
import dev.tollgate.gateway.http.RequestTarget;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LifecycleManager;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a caller who speaks HTTP/2: he may give up one, and go on with the others of his
 * connection. The server tells only those that are still being received or answered.
 */
public final class CallerStreams extends Http2ConnectionAdapter {

  private static final AttributeKey<CallerStreams> KEY =
      AttributeKey.valueOf(CallerStreams.class, "of");
  private static final String ID = ExtensionHeaderNames.STREAM_ID.text().toString();

  /** How long a caller may go on sending when he has his whole answer. */
  private static final int GRACE_MILLIS = 200;

  private final Channel channel;
  private final Http2ConnectionHandler handler;
  private final ConcurrentMap<Integer, Promise<Void>> open = new ConcurrentHashMap<>();

  /** What followed the bodies of requests. */
  private final ConcurrentMap<Integer, HttpHeaders> trailers = new ConcurrentHashMap<>();

  private CallerStreams(Channel channel, Http2ConnectionHandler handler) {
    this.channel = channel;
    this.handler = handler;
  }

  /** Done when nobody waits for the answer to a request any more, or it has been given. */
  public static Future<Void> gone(NettyHttpRequest<?> request) {
    var channel = request.getChannelHandlerContext().channel();
    if (!channel.hasAttr(KEY) || request.getHttpVersion() != HttpVersion.HTTP_2_0) {
      return channel.closeFuture();
    }
    var streams = channel.attr(KEY).get();
    var id = Integer.valueOf(request.getHeaders().get(ID));
    var end = streams.open.get(id);
    return end == null ? channel.newSucceededFuture() : end;
  }

  /** The trailers of a request whose body has ended, and that may be passed on; null where none. */
  public static @Nullable HttpHeaders trailers(NettyHttpRequest<?> request) {
    if (request.getHttpVersion() != HttpVersion.HTTP_2_0) {
      return null;
    }
    var streams = request.getChannelHandlerContext().channel().attr(KEY).get();
    return streams == null || streams.trailers.isEmpty()
        ? null
        : streams.trailers.get(Integer.valueOf(request.getHeaders().get(ID)));
  }

  /** Has the answer to a request end with trailers, when all of its body but its end is given. */
  static void endWith(NettyHttpRequest<?> request, HttpHeaders trailers) {
    var streams = request.getChannelHandlerContext().channel().attr(KEY).get();
    if (streams != null) {
      var id = Integer.parseInt(request.getHeaders().get(ID));
      var loop = streams.channel.eventLoop();
      if (loop.inEventLoop()) {
        streams.endWith(id, trailers);
      } else {
        loop.execute(() -> streams.endWith(id, trailers));
      }
    }
  }

  private void endWith(int id, HttpHeaders trailers) {
    var stream = handler.connection().stream(id);
    if (stream != null) {
      Http2Trailers.of(handler).follow(stream, trailers);
    }
  }

  /** Follows the streams of a connection without TLS if it comes to speak HTTP/2. */
  static void await(Channel channel) {
    channel.pipeline().addFirst(new Awaited());
  }

  /** Follows the streams of a connection whose pipeline speaks HTTP/2. */
  static void follow(Channel channel) {
    var handler = channel.pipeline().get(Http2ConnectionHandler.class);
    if (handler == null || channel.hasAttr(KEY)) {
      return;
    }
    var streams = new CallerStreams(channel, handler);
    channel.attr(KEY).set(streams);
    handler.connection().addListener(streams);
    var decoder = handler.decoder();
    decoder.frameListener(streams.new Numbered(decoder.frameListener()));
    handler.encoder().lifecycleManager(new Ends(handler));
    Http2Window.widen(handler.connection());
  }

  @Override
  public void onStreamHalfClosed(Http2Stream stream) {
    if (answered(stream)) {
      var _ =
          channel.eventLoop().schedule(() -> enough(stream), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private static boolean answered(@Nullable Http2Stream stream) {
    return stream != null && stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL;
  }

  /**
   * Asks a caller who has his whole answer to stop sending, and says that nothing went wrong: many
   * throw the answer away otherwise (RFC 9113, 8.1). Some wait for it.
   */
  private void enough(Http2Stream stream) {
    var context = channel.pipeline().context(handler);
    if (answered(stream) && context != null) {
      var code = Http2Error.NO_ERROR.code();
      var _ = handler.resetStream(context, stream.id(), code, context.newPromise());
      context.flush();
    }
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    if (!trailers.isEmpty()) {
      trailers.remove(stream.id());
    }
    var end = open.remove(stream.id());
    if (end != null) {
      end.trySuccess(null);
    }
  }

  /** What speaks HTTP/2 is added without a word, and writes first of all. */
  private static final class Awaited extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      super.write(context, message, promise);
      context.pipeline().remove(this);
      follow(context.channel());
    }
  }

  /**
   * Tells each request which stream it came on, and refuses those that are malformed. Trailers,
   * which the server passes over, are kept; to it they only say that the body is at its end.
   */
  private final class Numbered extends Http2FrameListenerDecorator {

    Numbered(Http2FrameListener listener) {
      super(listener);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      if (!trailers(context, id, headers, end)) {
        begin(id, headers);
        super.onHeadersRead(context, id, headers, padding, end);
      }
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end)
        throws Http2Exception {
      if (!trailers(context, id, headers, end)) {
        begin(id, headers);
        super.onHeadersRead(context, id, headers, dependency, weight, exclusive, padding, end);
      }
    }

    private boolean trailers(
        ChannelHandlerContext context, int id, Http2Headers fields, boolean end)
        throws Http2Exception {
      if (!open.containsKey(id)) {
        return false;
      }
      if (end) {
        keep(id, fields);
        super.onDataRead(context, id, Unpooled.EMPTY_BUFFER, 0, true);
      }
      return true;
    }

    private void keep(int id, Http2Headers fields) throws Http2Exception {
      HttpHeaders passed;
      try {
        passed = Trailers.passable(fields);
      } catch (IllegalArgumentException e) {
        throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, e, "a malformed trailer");
      }
      if (passed != null) {
        trailers.put(id, passed);
      }
    }

    /** What is malformed is the fault of its stream alone (RFC 9113, 8.1.1). */
    private void begin(int id, Http2Headers headers) throws Http2Exception {
      var malformed = PseudoHeaders.malformed(headers);
      if (malformed != null) {
        throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, "%s", malformed);
      }
      if (!RequestTarget.ascii(headers.path())) {
        headers.path(RequestTarget.escaped(headers.path()));
      }
      open.computeIfAbsent(id, _ -> channel.eventLoop().newPromise());
      headers.setInt(ID, id);
    }
  }

  /** Leaves it to {@link #enough} to end a stream that has been answered. */
  private record Ends(Http2ConnectionHandler manager) implements Http2LifecycleManager {

    @Override
    public ChannelFuture resetStream(
        ChannelHandlerContext context, int id, long code, ChannelPromise promise) {
      if (code == Http2Error.CANCEL.code() && answered(manager.connection().stream(id))) {
        return promise.isVoid() ? promise : promise.setSuccess();
      }
      return manager.resetStream(context, id, code, promise);
    }

    @Override
    public void closeStreamLocal(Http2Stream stream, ChannelFuture future) {
      manager.closeStreamLocal(stream, future);
    }

    @Override
    public void closeStreamRemote(Http2Stream stream, ChannelFuture future) {
      manager.closeStreamRemote(stream, future);
    }

    @Override
    public void closeStream(Http2Stream stream, ChannelFuture future) {
      manager.closeStream(stream, future);
    }

    @Override
    public ChannelFuture goAway(
        ChannelHandlerContext context, int last, long code, ByteBuf data, ChannelPromise promise) {
      return manager.goAway(context, last, code, data, promise);
    }

    @Override
    public void onError(ChannelHandlerContext context, boolean outbound, Throwable cause) {
      manager.onError(context, outbound, cause);
    }
  }
}

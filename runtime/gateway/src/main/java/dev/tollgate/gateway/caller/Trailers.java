package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.http.Headers;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields that follow a body (RFC 9110, 6.5), such as the status of a gRPC call. A connection
 * has to do with them only once some have come.
 */
public final class Trailers {

  /** What must be known before the body is read, and is no trailer (RFC 9110, 6.5.1). */
  private static final Set<String> BEFORE_THE_BODY =
      Set.of(
          "cache-control",
          "content-encoding",
          "content-length",
          "content-range",
          "content-type",
          "cookie",
          "max-forwards",
          "pragma",
          "range",
          "set-cookie",
          "www-authenticate");

  private Trailers() {}

  /** Whether a caller says that he reads trailers (RFC 9110, 10.1.4). */
  public static boolean wanted(NettyHttpRequest<?> request) {
    var headers = request.getNativeRequest().headers();
    return headers.contains(HttpHeaderNames.TE)
        && headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
  }

  /** Whether the answer to a request may have trailers: HTTP/1.1 must be asked for them. */
  public static boolean mayFollow(NettyHttpRequest<?> request) {
    var version = request.getHttpVersion();
    return version == HttpVersion.HTTP_2_0 || (version == HttpVersion.HTTP_1_1 && wanted(request));
  }

  /** Those that may be passed on, with names in lower case; null when there are none. */
  public static @Nullable HttpHeaders passable(
      Iterable<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> received) {
    HttpHeaders passed = null;
    for (var field : received) {
      var name = field.getKey().toString().toLowerCase(Locale.ROOT);
      if (Headers.endToEnd(name) && !BEFORE_THE_BODY.contains(name)) {
        passed = passed == null ? new DefaultHttpHeaders() : passed;
        passed.add(name, field.getValue());
      }
    }
    return passed;
  }

  /**
   * Has the answer to a request end with trailers. To be called when all of its body has been given
   * to the server but its end; on HTTP/1.1, when the server has asked for that end.
   */
  public static void follow(NettyHttpRequest<?> request, HttpHeaders trailers) {
    if (request.getHttpVersion() == HttpVersion.HTTP_2_0) {
      CallerStreams.endWith(request, trailers);
      return;
    }
    var channel = request.getChannelHandlerContext().channel();
    if (channel.eventLoop().inEventLoop()) {
      endWith(channel, trailers);
    } else {
      channel.eventLoop().execute(() -> endWith(channel, trailers));
    }
  }

  private static void endWith(Channel channel, HttpHeaders trailers) {
    var codec = channel.pipeline().context(HttpServerCodec.class);
    if (codec != null) {
      channel.pipeline().addAfter(codec.name(), null, new LastChunk(trailers));
    }
  }

  /** Puts trailers into the next end of a body, and is gone. */
  private static final class LastChunk extends ChannelOutboundHandlerAdapter {
    private final HttpHeaders trailers;

    LastChunk(HttpHeaders trailers) {
      this.trailers = trailers;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof LastHttpContent last) {
        var end = new DefaultLastHttpContent(last.content(), trailers);
        super.write(context, end, promise);
        context.pipeline().remove(this);
      } else {
        super.write(context, message, promise);
      }
    }
  }
}

package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.http.RequestTarget;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;

/**
 * The first lines of HTTP/1.1: a target is ASCII from here on, and an answer names a version that
 * there is, whatever the request named (RFC 9110, 6.2).
 */
@Sharable
public final class RequestLines extends ChannelDuplexHandler {

  private static final String NAME = "request-lines";
  private static final RequestLines ONE = new RequestLines();

  private RequestLines() {}

  /** Sees the messages of a connection that speaks HTTP/1.1; others are left alone. */
  static void guard(ChannelPipeline pipeline) {
    var codec = pipeline.context(HttpServerCodec.class);
    if (codec != null && pipeline.get(NAME) == null) {
      pipeline.addAfter(codec.name(), NAME, ONE);
    }
  }

  /** Whether a request is of a version whose requests can be read. */
  public static boolean known(HttpVersion version) {
    return version.protocolName().equals("HTTP") && version.majorVersion() == 1;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request && !RequestTarget.ascii(request.uri())) {
      request.setUri(RequestTarget.escaped(request.uri()));
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof HttpResponse response
        && !response.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      response.setProtocolVersion(HttpVersion.HTTP_1_1);
    }
    super.write(context, message, promise);
  }
}

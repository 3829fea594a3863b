package dev.tollgate.gateway.body;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.http.ProblemResponses;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Breaks an HTTP/1.1 exchange off whose chunks cannot be read, on both sides of the gateway.
 * Without it what had come until then would be passed on as the whole body.
 */
public final class BrokenBodies {

  /** The name of the handler that does so. */
  public static final String NAME = "broken-bodies";

  private static final Problem PROBLEM =
      Problem.of(
          400,
          "broken-body",
          "Broken body",
          "The chunks of the request's body cannot be read (RFC 9112, 7.1).");

  /** A backend broke the rules of RFC 9112, 7.1. Has no stack trace. */
  static final class BrokenBody extends RuntimeException {
    private static final long serialVersionUID = 1;

    BrokenBody() {
      super("the chunks of a body cannot be read", null, false, false);
    }
  }

  private BrokenBodies() {}

  /**
   * Guards a connection that speaks HTTP/1.1; others, and those already guarded, are left alone.
   */
  public static void guard(ChannelPipeline pipeline) {
    var server = pipeline.context(HttpServerCodec.class);
    var codec = server == null ? pipeline.context(HttpClientCodec.class) : server;
    if (codec != null && pipeline.get(NAME) == null) {
      pipeline.addAfter(codec.name(), NAME, server == null ? new FromBackend() : new FromCaller());
    }
  }

  private static boolean broken(Object message) {
    return message instanceof HttpContent content
        && !(message instanceof HttpMessage)
        && content.decoderResult().isFailure();
  }

  private static final class FromBackend extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (broken(message)) {
        ReferenceCountUtil.release(message);
        context.fireExceptionCaught(new BrokenBody());
        var _ = context.close();
      } else {
        context.fireChannelRead(message);
      }
    }
  }

  /** Tells the caller, unless an answer has begun; then closes, which ends the call. */
  private static final class FromCaller extends ChannelDuplexHandler {
    private @Nullable Object latest;
    private int unanswered;
    private boolean answering;

    @Override
    @SuppressWarnings("ReferenceEquality") // the very same message, not an equal one
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!broken(message)) {
        // the first of a connection passes twice, when the pipeline is made for HTTP/1.1
        if (message instanceof HttpRequest && message != latest) {
          latest = message;
          unanswered++;
        }
        context.fireChannelRead(message);
        return;
      }
      ReferenceCountUtil.release(message);
      if (unanswered == 1 && !answering) {
        context.writeAndFlush(answer(context)).addListener(ChannelFutureListener.CLOSE);
      } else {
        var _ = context.close();
      }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof HttpResponse response && response.status().code() >= 200) {
        answering = true;
      }
      if (message instanceof LastHttpContent && answering) {
        answering = false;
        unanswered--;
      }
      super.write(context, message, promise);
    }

    private static HttpResponse answer(ChannelHandlerContext context) {
      var body = ProblemResponses.json(PROBLEM, "").getBytes(UTF_8);
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.BAD_REQUEST,
              context.alloc().buffer(body.length).writeBytes(body));
      response
          .headers()
          .set("Content-Type", "application/problem+json")
          .set("Content-Length", body.length)
          .set("Connection", "close");
      return response;
    }
  }
}

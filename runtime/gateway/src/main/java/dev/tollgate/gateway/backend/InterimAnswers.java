package dev.tollgate.gateway.backend;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Drops the answers that a backend may give before its answer, such as 103 (Early Hints), which the
 * HTTP client would take for it. Those to an {@code Expect} and to an {@code Upgrade} are awaited
 * by others. Belongs to one connection, or one stream of HTTP/2.
 */
public final class InterimAnswers extends ChannelInboundHandlerAdapter {

  public static final String NAME = "interim-answers";

  private boolean dropping;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpResponse response) {
      var interim = interim(response);
      // one of HTTP/2 has no end of its own
      dropping = interim && !(message instanceof LastHttpContent);
      if (interim) {
        ReferenceCountUtil.release(message);
        return;
      }
    } else if (dropping && message instanceof LastHttpContent) {
      dropping = false;
      ReferenceCountUtil.release(message);
      return;
    }
    context.fireChannelRead(message);
  }

  private static boolean interim(HttpResponse response) {
    var status = response.status();
    return status.codeClass() == HttpStatusClass.INFORMATIONAL
        && status.code() != 100
        && status.code() != 101;
  }
}

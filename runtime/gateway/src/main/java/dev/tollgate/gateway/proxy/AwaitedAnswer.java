package dev.tollgate.gateway.proxy;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.gateway.backend.Backend;
import dev.tollgate.gateway.backend.OnwardRequest;
import dev.tollgate.gateway.http.Upgrades;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** Sends a {@link Handshake} to the backend when connected, and waits for its word. */
final class AwaitedAnswer extends ChannelInboundHandlerAdapter {

  private final Handshake handshake;
  private final OnwardRequest onward;
  private final Backend backend;
  private final Permit permit;
  private @Nullable HttpResponse interim;

  AwaitedAnswer(Handshake handshake, OnwardRequest onward, Backend backend, Permit permit) {
    this.handshake = handshake;
    this.onward = onward;
    this.backend = backend;
    this.permit = permit;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    handshake.ask(context, onward);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpResponse response) {
      var status = response.status().code();
      if (response.decoderResult().isFailure()) {
        handshake.fail(response.decoderResult().cause());
      } else if (status == 101) {
        agreement(response);
      } else if (status < 200) {
        interim = response;
      } else {
        handshake.answered(context, response, onward, backend, permit);
      }
      return;
    }
    ReferenceCountUtil.release(message);
    var head = interim;
    if (head != null && message instanceof LastHttpContent) {
      interim = null;
      if (head.status().code() == 101) {
        handshake.agreed(context, head, backend, permit);
      }
    }
  }

  /** One that is not for what was asked is refused at its head: it may never come to its end. */
  private void agreement(HttpResponse response) {
    var wrong = Upgrades.disagreement(onward.nettyHeaders(), response.headers());
    if (wrong == null) {
      interim = response;
    } else {
      handshake.fail(new Upgrades.Disagreement(wrong));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    handshake.fail(null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    handshake.fail(cause);
  }
}

package dev.tollgate.gateway.backend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpClientUpgradeHandler;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * HTTP/2 without TLS to backends whose URL begins with {@code h2c://}, from the first byte (RFC
 * 9113, 3.3). The HTTP client knows only the upgrade from HTTP/1.1, which that RFC took out and
 * many servers do not have: its wish for one is answered here, and never sent.
 */
final class PlainHttp2 extends ChannelDuplexHandler {

  private static final String SCHEME = "h2c";
  private static final byte[] AGREED =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  /** The stream of the request that asked. */
  private static final int UPGRADED = 1;

  private static final int RESET_BYTES = 13;

  private final List<Object> early = new ArrayList<>();
  private boolean agreed;

  private PlainHttp2() {}

  static boolean isAskedFor(URI backend) {
    return SCHEME.equalsIgnoreCase(backend.getScheme());
  }

  /** The URL that requests name. */
  static URI http(URI backend) {
    return isAskedFor(backend)
        ? URI.create("http" + backend.toString().substring(SCHEME.length()))
        : backend;
  }

  /** Whether a connection is about to ask for an upgrade; it is spared that. */
  static boolean begins(ChannelPipeline pipeline) {
    var upgrades = pipeline.get(HttpClientUpgradeHandler.class) != null;
    if (upgrades) {
      pipeline.addFirst("plain-http2", new PlainHttp2());
    }
    return upgrades;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    var reset = agreed && message instanceof ByteBuf frame && resetsUpgraded(frame);
    if (agreed && !reset) {
      super.write(context, message, promise);
      return;
    }
    ReferenceCountUtil.release(message);
    promise.trySuccess();
    if (reset) {
      context.pipeline().remove(this);
    }
  }

  /** The client ends the stream of the upgraded request, of which the backend knows nothing. */
  private static boolean resetsUpgraded(ByteBuf frame) {
    var at = frame.readerIndex();
    return frame.readableBytes() == RESET_BYTES
        && frame.getByte(at + 3) == Http2FrameTypes.RST_STREAM
        && frame.getInt(at + 5) == UPGRADED;
  }

  @Override
  public void flush(ChannelHandlerContext context) throws Exception {
    if (agreed) {
      super.flush(context);
    } else {
      // when the client has ended what it does on being connected
      context.executor().execute(() -> agree(context));
    }
  }

  /** Many servers speak first: what they say is HTTP/2, and is read as such. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (agreed) {
      context.fireChannelRead(message);
    } else {
      early.add(message);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
  }

  private void agree(ChannelHandlerContext context) {
    if (agreed || context.isRemoved() || !context.channel().isActive()) {
      return;
    }
    agreed = true;
    var come = List.copyOf(early);
    early.clear();
    context.fireChannelRead(Unpooled.wrappedBuffer(AGREED));
    come.forEach(context::fireChannelRead);
    context.fireChannelReadComplete();
    context.channel().flush();
  }
}

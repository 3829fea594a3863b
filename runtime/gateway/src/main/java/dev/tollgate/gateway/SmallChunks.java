package dev.tollgate.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Puts small chunks of a backend's answer that came in one read together, so that a stream of
 * tokens is passed on once for each read, and not once for each token. Nothing waits: what has come
 * is passed on when the read is over. Belongs to one connection that speaks HTTP/1.1.
 */
final class SmallChunks extends ChannelInboundHandlerAdapter {

  static final String NAME = "small-chunks";

  /** Bytes from which a chunk is worth its own way. */
  private static final int LARGE = 4 << 10;

  private @Nullable ByteBuf first;
  private @Nullable ByteBuf together;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpContent content
        && !(message instanceof HttpMessage)
        && !(message instanceof LastHttpContent)
        && content.decoderResult().isSuccess()
        && content.content().readableBytes() < LARGE) {
      add(context, content.content());
      return;
    }
    pass(context);
    context.fireChannelRead(message);
  }

  private void add(ChannelHandlerContext context, ByteBuf chunk) {
    var collected = together;
    if (collected == null) {
      var before = first;
      if (before == null) {
        first = chunk;
        return;
      }
      first = null;
      collected = context.alloc().buffer(LARGE);
      together = collected;
      append(collected, before);
    }
    append(collected, chunk);
    if (collected.readableBytes() >= LARGE) {
      pass(context);
    }
  }

  private static void append(ByteBuf to, ByteBuf chunk) {
    to.writeBytes(chunk, chunk.readerIndex(), chunk.readableBytes());
    chunk.release();
  }

  private @Nullable ByteBuf take() {
    var held = together == null ? first : together;
    first = null;
    together = null;
    return held;
  }

  private void pass(ChannelHandlerContext context) {
    var held = take();
    if (held != null) {
      context.fireChannelRead(new DefaultHttpContent(held));
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    pass(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    pass(context);
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    var held = take();
    if (held != null) {
      held.release();
    }
  }
}

package dev.tollgate.gateway.backend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Puts small chunks of a backend's answer together, so that a stream of tokens is passed on once
 * for each read, and not once for each token. What has come is passed on when its read is over. A
 * backend that sends quicker than anybody reads, some thousand tokens a second, is read once in
 * half a millisecond, and not once for each of its packets. Belongs to one connection that speaks
 * HTTP/1.1.
 */
final class SmallChunks extends ChannelDuplexHandler {

  static final String NAME = "small-chunks";

  /** Bytes from which a chunk is worth its own way. */
  private static final int LARGE = 4 << 10;

  /** Nanoseconds from a quick read until the next. */
  static final long PAUSE = 500_000;

  /** Nanoseconds within which a small read is quick that follows another. */
  static final long QUICK = 2 * PAUSE;

  private @Nullable ByteBuf first;
  private @Nullable ByteBuf together;

  /** Whether the last read brought small chunks of an answer that goes on. */
  private boolean small;

  /** When it was over. */
  private long lastRead;

  /** Whether it came soon after another of the kind. */
  private boolean quick;

  private boolean pausing;

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
    small = false;
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
    if (first != null || together != null) {
      var now = context.executor().ticker().nanoTime();
      quick = small && now - lastRead < QUICK;
      small = true;
      lastRead = now;
      pass(context);
    } else {
      quick = false;
    }
    context.fireChannelReadComplete();
  }

  @Override
  public void read(ChannelHandlerContext context) {
    if (pausing) {
      return;
    }
    var left = quick ? lastRead + PAUSE - context.executor().ticker().nanoTime() : 0;
    if (left <= 0) {
      context.read();
      return;
    }
    pausing = true;
    var _ =
        context
            .executor()
            .schedule(
                () -> {
                  pausing = false;
                  context.read();
                },
                left,
                TimeUnit.NANOSECONDS);
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

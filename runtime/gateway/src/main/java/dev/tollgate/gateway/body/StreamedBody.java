package dev.tollgate.gateway.body;

import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.stream.BodySizeLimits;
import io.micronaut.http.body.stream.BufferConsumer;
import io.micronaut.http.client.exceptions.ReadTimeoutException;
import io.micronaut.http.netty.body.NettyByteBodyFactory;
import io.micronaut.http.netty.body.StreamingNettyByteBody;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that comes on a connection of its own, read as far as it is wanted. The
 * connection is closed at its end, and when nobody wants the rest. Runs on the connection's event
 * loop.
 */
public final class StreamedBody extends ChannelInboundHandlerAdapter
    implements BufferConsumer.Upstream {

  private final Channel connection;
  private final NettyByteBodyFactory factory;
  private final StreamingNettyByteBody.SharedBuffer to;
  private final long idleNanos;
  private @Nullable Future<?> silence;
  private long wanted;
  private boolean ended;

  /**
   * @param connection that it comes on, and that is only read when more is wanted
   * @param headers of the answer
   * @param idle how long the backend may be silent while more is wanted
   */
  public StreamedBody(Channel connection, HttpHeaders headers, Duration idle) {
    this.connection = connection;
    this.factory = new NettyByteBodyFactory(connection);
    this.to = factory.createStreamingBuffer(BodySizeLimits.UNLIMITED, this);
    this.idleNanos = idle.toNanos();
    to.setExpectedLengthFrom(headers);
    connection.config().setAutoRead(false);
  }

  public CloseableByteBody body() {
    return new StreamingNettyByteBody(to);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (ended || !(message instanceof HttpContent content)) {
      ReferenceCountUtil.release(message);
      return;
    }
    var size = content.content().readableBytes();
    if (size > 0) {
      wanted -= size;
      to.add(factory.readBufferFactory().adapt(content.content()));
    } else {
      content.release();
    }
    if (message instanceof LastHttpContent) {
      end();
      to.complete();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    more();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    failed(new ClosedChannelException());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
  }

  private void failed(Throwable cause) {
    if (!ended) {
      end();
      to.error(cause);
    }
  }

  private void end() {
    ended = true;
    heard();
    var _ = connection.close();
  }

  /** Reads on where more is wanted, and waits so long for it as a backend may be silent. */
  private void more() {
    heard();
    if (!ended && wanted > 0) {
      silence =
          connection
              .eventLoop()
              .schedule(
                  () -> failed(ReadTimeoutException.TIMEOUT_EXCEPTION),
                  idleNanos,
                  TimeUnit.NANOSECONDS);
      connection.read();
    }
  }

  private void heard() {
    var waiting = silence;
    if (waiting != null) {
      var _ = waiting.cancel(false);
      silence = null;
    }
  }

  @Override
  public void start() {
    onBytesConsumed(1);
  }

  @Override
  public void onBytesConsumed(long bytes) {
    run(() -> {
      var before = wanted;
      wanted = before + bytes < before ? Long.MAX_VALUE : before + bytes;
      if (before <= 0 && wanted > 0) {
        more();
      }
    });
  }

  @Override
  public void allowDiscard() {
    run(() -> {
      if (!ended) {
        end();
        to.discard();
      }
    });
  }

  @Override
  public void disregardBackpressure() {
    onBytesConsumed(Long.MAX_VALUE);
  }

  private void run(Runnable action) {
    if (connection.eventLoop().inEventLoop()) {
      action.run();
    } else {
      connection.eventLoop().execute(action);
    }
  }
}

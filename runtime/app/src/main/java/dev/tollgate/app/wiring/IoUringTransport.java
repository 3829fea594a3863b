package dev.tollgate.app.wiring;

import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Order;
import io.micronaut.http.netty.channel.EventLoopGroupConfiguration;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.IoUringAvailabilityCondition;
import io.micronaut.http.netty.channel.IoUringEventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyChannelType;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that are read through io_uring, into buffers that the kernel takes from a ring when
 * something has come. Micronaut's own have a poll before each read, which goes on telling of every
 * packet while nobody wants to read.
 */
@Singleton
@Named(IoUringEventLoopGroupFactory.NAME)
@Replaces(IoUringEventLoopGroupFactory.class)
@Requires(classes = IoUring.class, condition = IoUringAvailabilityCondition.class)
@BootstrapContextCompatible
@Order(200) // after epoll where any native transport is asked for, as Micronaut's own
final class IoUringTransport implements EventLoopGroupFactory {

  private static final short RING = 1;

  /** Of each event loop; at first half of them are allocated. */
  private static final short BUFFERS = 64;

  private static final int BUFFER_BYTES = 16 << 10;

  private final boolean rings = IoUring.isRegisterBufferRingSupported();

  @Override
  public boolean isNative() {
    return true;
  }

  @Override
  public IoHandlerFactory createIoHandlerFactory(EventLoopGroupConfiguration configuration) {
    var config = new IoUringIoHandlerConfig();
    if (rings) {
      config.setBufferRingConfig(
          IoUringBufferRingConfig.builder()
              .bufferGroupId(RING)
              .bufferRingSize(BUFFERS)
              .batchSize(BUFFERS / 2)
              .incremental(false) // a slow reader would keep what others have read beside it
              .allocator(
                  new IoUringFixedBufferRingAllocator(ByteBufAllocator.DEFAULT, BUFFER_BYTES))
              .build());
    }
    return IoUringIoHandler.newFactory(config);
  }

  @Override
  public Class<? extends Channel> channelClass(NettyChannelType type) {
    return switch (type) {
      case SERVER_SOCKET -> IoUringServerSocketChannel.class;
      case CLIENT_SOCKET -> IoUringSocketChannel.class;
      default -> throw unsupported(type);
    };
  }

  @Override
  public Class<? extends Channel> channelClass(
      NettyChannelType type, @Nullable EventLoopGroupConfiguration configuration) {
    return channelClass(type);
  }

  @Override
  public Channel channelInstance(
      NettyChannelType type, @Nullable EventLoopGroupConfiguration configuration) {
    return switch (type) {
      case SERVER_SOCKET -> {
        var server = new IoUringServerSocketChannel();
        if (rings) {
          server.pipeline().addLast(new Accepted());
        }
        yield server;
      }
      case CLIENT_SOCKET -> {
        var client = new IoUringSocketChannel();
        if (rings) {
          readFromRing(client);
        }
        yield client;
      }
      default -> throw unsupported(type);
    };
  }

  private static UnsupportedOperationException unsupported(NettyChannelType type) {
    return new UnsupportedOperationException("io_uring serves TCP only, not " + type);
  }

  /** Before the channel is registered. */
  private static void readFromRing(Channel channel) {
    channel.config().setOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, RING);
  }

  /** Gives the ring to each connection that a listener accepts. */
  private static final class Accepted extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      readFromRing((Channel) message);
      context.fireChannelRead(message);
    }
  }
}

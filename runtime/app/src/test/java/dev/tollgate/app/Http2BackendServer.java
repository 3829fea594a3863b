package dev.tollgate.app;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;

/**
 * A backend that speaks HTTP/2, over TLS or without, and nothing else. {@code /held} is answered
 * when {@link #together} requests for it have come; {@code /endless} never ends; {@code /hints}
 * gives hints before its answer; {@code /trailers} has some after it, which tell of those of the
 * request; {@code /big} is 4 MB; {@code /v1/chat/completions} is a short answer of a model; others
 * say hello.
 */
@NullUnmarked
final class Http2BackendServer implements AutoCloseable {

  private static final String CHAT =
      """
      {"id": "1", "object": "chat.completion", "created": 1, "model": "m",
       "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
       "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}\
      """;
  private static final int BIG = 4 << 20;

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger endless = new AtomicInteger();
  volatile int together = 1;

  private final List<Runnable> held = new ArrayList<>();
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel server;

  /**
   * @param certificate the directory of its certificate and key
   */
  Http2BackendServer(Path certificate) throws Exception {
    this(tls(certificate));
  }

  /** One without TLS, which does not know HTTP/1.1 either. */
  static Http2BackendServer plain() throws Exception {
    return new Http2BackendServer((SslContext) null);
  }

  private static SslContext tls(Path certificate) throws Exception {
    return SslContextBuilder.forServer(
            certificate.resolve("tls.crt").toFile(), certificate.resolve("tls.key").toFile())
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2))
        .build();
  }

  private Http2BackendServer(SslContext tls) throws Exception {
    server =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(new Connection(tls))
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Connection extends ChannelInitializer<Channel> {
    private final SslContext tls;

    Connection(SslContext tls) {
      this.tls = tls;
    }

    @Override
    protected void initChannel(Channel connection) {
      connections.incrementAndGet();
      if (tls != null) {
        connection.pipeline().addLast(tls.newHandler(connection.alloc()));
      }
      connection
          .pipeline()
          .addLast(
              Http2FrameCodecBuilder.forServer().build(),
              new Http2MultiplexHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                      stream
                          .pipeline()
                          .addLast(
                              new Http2StreamFrameToHttpObjectCodec(true),
                              new HttpObjectAggregator(1 << 20),
                              new Answers());
                    }
                  }));
    }
  }

  /** The one request of a stream. */
  private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      switch (request.uri()) {
        case "/held" -> hold(() -> answer(context, "held"));
        case "/endless" -> endless(context);
        case "/hints" -> {
          var hints =
              new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.EARLY_HINTS);
          var _ = context.writeAndFlush(hints);
          answer(context, "hinted");
        }
        case "/trailers" -> withTrailers(context, request);
        case "/big" -> answer(context, "y".repeat(BIG));
        case "/v1/chat/completions" -> answer(context, CHAT);
        default -> answer(context, "hello");
      }
    }
  }

  /** On the only loop. */
  private void hold(Runnable answer) {
    held.add(answer);
    if (held.size() >= together) {
      held.forEach(Runnable::run);
      held.clear();
    }
  }

  private void endless(ChannelHandlerContext context) {
    endless.incrementAndGet();
    var _ = context.channel().closeFuture().addListener(closed -> endless.decrementAndGet());
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    var _ = context.writeAndFlush(head);
    var _ =
        context
            .executor()
            .scheduleAtFixedRate(
                () -> {
                  if (context.channel().isActive()) {
                    var piece = Unpooled.copiedBuffer("more ", StandardCharsets.UTF_8);
                    var _ = context.writeAndFlush(new DefaultHttpContent(piece));
                  }
                },
                10,
                10,
                TimeUnit.MILLISECONDS);
  }

  /** The body comes first, and is read, and then the trailers. */
  private static void withTrailers(ChannelHandlerContext context, FullHttpRequest request) {
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set("Cache-Control", "max-age=60");
    var end = new DefaultLastHttpContent(Unpooled.copiedBuffer("body", StandardCharsets.UTF_8));
    end.trailingHeaders()
        .set("asked", request.headers().get("TE", "none"))
        .set("followed", request.trailingHeaders().get("checksum", "none"))
        .set("cache-control", "no-store");
    context.write(head);
    var _ = context.writeAndFlush(end);
  }

  private static void answer(ChannelHandlerContext context, String text) {
    var body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    response.headers().set("Content-Type", "application/json");
    response.headers().set("Content-Length", body.readableBytes());
    var _ = context.writeAndFlush(response);
  }
}

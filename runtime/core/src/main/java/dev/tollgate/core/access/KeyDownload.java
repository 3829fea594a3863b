package dev.tollgate.core.access;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Reads small documents over HTTP from addresses that the caller has found out and checked: a name
 * is never resolved again, so one whose answer changes gains nothing. Redirects are not followed.
 */
final class KeyDownload implements AutoCloseable {

  private static final int CONNECT_MILLIS = 3000;

  private final int maxBytes;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("issuer-keys", true), NioIoHandler.newFactory());
  private @Nullable SslContext tls;

  KeyDownload(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The body of an answer 200.
   *
   * @param addresses of the URL's host, tried one after the other
   * @param trust in the server's certificate; null for that of Java
   * @param deadline of {@link System#nanoTime}; nothing goes on after it
   */
  String get(URI uri, List<InetAddress> addresses, @Nullable TrustManager trust, long deadline)
      throws IOException, InterruptedException {
    var https = uri.getScheme().equalsIgnoreCase("https");
    var host = uri.getHost().replaceAll("[\\[\\]]", "");
    var port = uri.getPort() >= 0 ? uri.getPort() : https ? 443 : 80;
    var body = new CompletableFuture<String>();
    var channel = connect(https ? tls(trust) : null, host, port, addresses, body, deadline);
    try {
      var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      var request =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1,
              HttpMethod.GET,
              uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
      request
          .headers()
          .set(
              HttpHeaderNames.HOST,
              uri.getPort() >= 0 ? uri.getHost() + ":" + uri.getPort() : uri.getHost())
          .set(HttpHeaderNames.ACCEPT, "application/json")
          .set(HttpHeaderNames.CONNECTION, "close");
      var _ =
          channel
              .writeAndFlush(request)
              .addListener(written -> {
                if (!written.isSuccess()) {
                  body.completeExceptionally(written.cause());
                }
              });
      return body.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException(uri + " did not answer to the end in time", e);
    } catch (ExecutionException e) {
      var cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(uri + ": " + cause.getMessage(), cause);
    } finally {
      var _ = channel.close();
    }
  }

  private Channel connect(
      @Nullable SslContext tls,
      String host,
      int port,
      List<InetAddress> addresses,
      CompletableFuture<String> body,
      long deadline)
      throws IOException, InterruptedException {
    var bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    var pipeline = channel.pipeline();
                    if (tls != null) {
                      pipeline.addLast(tls.newHandler(channel.alloc(), host, port));
                    }
                    pipeline.addLast(
                        new HttpClientCodec(),
                        new HttpObjectAggregator(maxBytes),
                        new Answer(body, maxBytes));
                  }
                });
    Throwable why = null;
    for (var address : addresses) {
      ChannelFuture connected = bootstrap.connect(new InetSocketAddress(address, port));
      if (connected.await(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
          && connected.isSuccess()) {
        return connected.channel();
      }
      var _ = connected.channel().close();
      why = connected.cause();
    }
    throw new IOException(host + " cannot be connected to", why);
  }

  private synchronized SslContext tls(@Nullable TrustManager trust) throws IOException {
    if (trust != null) {
      return tls().trustManager(trust).build();
    }
    var made = tls;
    if (made == null) {
      made = tls().build();
      tls = made;
    }
    return made;
  }

  private static SslContextBuilder tls() {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .endpointIdentificationAlgorithm("HTTPS");
  }

  private static final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final CompletableFuture<String> body;
    private final int maxBytes;

    Answer(CompletableFuture<String> body, int maxBytes) {
      this.body = body;
      this.maxBytes = maxBytes;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse answer) {
      if (answer.status().code() == 200) {
        body.complete(answer.content().toString(StandardCharsets.UTF_8));
      } else {
        body.completeExceptionally(new IOException("it answered " + answer.status().code()));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      body.completeExceptionally(
          cause instanceof TooLongHttpContentException
              ? new IOException("its answer is longer than " + maxBytes + " bytes")
              : cause);
      var _ = context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      body.completeExceptionally(new IOException("the connection was closed"));
    }
  }

  @Override
  public void close() {
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}

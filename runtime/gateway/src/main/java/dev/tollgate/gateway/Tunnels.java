package dev.tollgate.gateway;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tls.SecretTrust;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Connections that leave HTTP/1.1 by an upgrade, such as WebSockets (RFC 9110, 7.8; RFC 6455). The
 * gateway admits the request, hands it to the backend, and once that has agreed passes bytes on in
 * both directions until either side ends; every extension and subprotocol works, since none is
 * looked at. It is one request to limits and ledger, with the bytes of both directions.
 */
@Singleton
final class Tunnels {

  private static final int MAX_REFUSAL_BYTES = 65536;
  private static final List<String> HANDSHAKE =
      List.of(
          "Sec-WebSocket-Key",
          "Sec-WebSocket-Version",
          "Sec-WebSocket-Protocol",
          "Sec-WebSocket-Extensions");

  private final Secrets secrets;
  private final SslContext tls;

  Tunnels(Secrets secrets) throws SSLException {
    this.secrets = secrets;
    this.tls = SslContextBuilder.forClient().build();
  }

  /** Whether a request asks to leave HTTP. HTTP/2 has no upgrade. */
  static boolean asked(NettyHttpRequest<?> request) {
    var upgrade = request.getHeaders().get("Upgrade");
    var connection = request.getHeaders().get("Connection");
    return upgrade != null
        && connection != null
        && connection.toLowerCase(Locale.ROOT).contains("upgrade")
        && !upgrade.toLowerCase(Locale.ROOT).startsWith("h2c")
        && request.getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  /** Never completes where the upgrade is agreed on: the connection is no longer HTTP's. */
  CompletionStage<HttpResponse<?>> open(
      NettyHttpRequest<?> request, LiveRoute route, Admission admission) {
    var result = new CompletableFuture<HttpResponse<?>>();
    var backend = route.choose(request.getHeaders(), admission.principal().tenant(), List.of());
    if (backend == null) {
      result.complete(Failures.answer(Failures.noBackend(route.view()), admission));
      return result;
    }
    var _ =
        backend
            .acquire(admission)
            .whenComplete((permit, failure) -> {
              if (permit == null) {
                backend.released();
                result.complete(
                    Failures.answer(Failures.noTurn(failure, route.view(), backend), admission));
              } else {
                new Opening(request, route, admission, backend, permit, result).connect();
              }
            });
    return result;
  }

  private SslContext tls(Backend backend) throws SSLException {
    var authorities = backend.view().authorities();
    return authorities == null
        ? tls
        : SslContextBuilder.forClient()
            .trustManager(new SecretTrust(authorities, "upstream", secrets))
            .build();
  }

  /** One upgrade while it is not agreed on. */
  private final class Opening {
    private final NettyHttpRequest<?> request;
    private final LiveRoute route;
    private final Admission admission;
    private final Backend backend;
    private final Permit permit;
    private final CompletableFuture<HttpResponse<?>> result;
    private final Channel client;
    private final long began = System.nanoTime();

    Opening(
        NettyHttpRequest<?> request,
        LiveRoute route,
        Admission admission,
        Backend backend,
        Permit permit,
        CompletableFuture<HttpResponse<?>> result) {
      this.request = request;
      this.route = route;
      this.admission = admission;
      this.backend = backend;
      this.permit = permit;
      this.result = result;
      this.client = request.getChannelHandlerContext().channel();
    }

    void connect() {
      var target = backend.target(request.getPath(), request.getUri().getRawQuery());
      var secure = "https".equals(target.getScheme()) || "wss".equals(target.getScheme());
      var port = target.getPort() >= 0 ? target.getPort() : secure ? 443 : 80;
      var view = route.view();
      @Nullable SslContext secured;
      try {
        secured = secure ? tls(backend) : null;
      } catch (SSLException e) {
        fail(e);
        return;
      }
      var _ =
          new Bootstrap()
              .group(client.eventLoop())
              .channelFactory(new ReflectiveChannelFactory<>(client.getClass()))
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) view.connectTimeout().toMillis())
              .option(ChannelOption.TCP_NODELAY, true)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      if (secured != null) {
                        channel
                            .pipeline()
                            .addLast(secured.newHandler(channel.alloc(), target.getHost(), port));
                      }
                      channel
                          .pipeline()
                          .addLast(
                              new HttpClientCodec(),
                              new HttpObjectAggregator(MAX_REFUSAL_BYTES),
                              new Answer(Opening.this));
                    }
                  })
              .connect(target.getHost(), port)
              .addListener(connected -> {
                if (!connected.isSuccess()) {
                  fail(connected.cause());
                }
              });
    }

    /** Sends the request on, when the connection stands. */
    void ask(ChannelHandlerContext context) {
      var target = backend.target(request.getPath(), request.getUri().getRawQuery());
      var onward = Headers.toBackend(request, target);
      backend.addHeaders(onward.getHeaders(), secrets);
      Headers.traceparent(onward.getHeaders());
      var message =
          new DefaultFullHttpRequest(
              io.netty.handler.codec.http.HttpVersion.HTTP_1_1,
              HttpMethod.valueOf(request.getMethodName()),
              path(target));
      message.headers().add(onward.nettyHeaders());
      for (var name : HANDSHAKE) {
        var value = request.getHeaders().get(name);
        if (value != null) {
          message.headers().set(name, value);
        }
      }
      message.headers().set("Host", target.getRawAuthority());
      message.headers().set("Connection", "Upgrade");
      message.headers().set("Upgrade", request.getHeaders().get("Upgrade"));
      var _ = context.writeAndFlush(message);
      var timeout = route.view().requestTimeout();
      var _ =
          context
              .executor()
              .schedule(
                  () -> {
                    if (context.pipeline().get(Answer.class) != null) {
                      fail(new java.util.concurrent.TimeoutException());
                      var _ = context.close();
                    }
                  },
                  timeout.toMillis(),
                  TimeUnit.MILLISECONDS);
    }

    private static String path(URI target) {
      var path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
      return target.getRawQuery() == null ? path : path + "?" + target.getRawQuery();
    }

    void answered(ChannelHandlerContext context, FullHttpResponse response) {
      var status = response.status().code();
      if (status >= 500) {
        backend.failed(System.nanoTime() - began, new Failures.ServerError(status));
      } else {
        backend.succeeded(System.nanoTime() - began);
      }
      if (status == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
        new Tunnel(client, context.channel(), admission, permit, idle()).begin(response);
        return;
      }
      permit.close();
      MutableHttpResponse<byte[]> refusal =
          HttpResponse.status(status, response.status().reasonPhrase());
      var type = response.headers().get("Content-Type");
      if (type != null) {
        refusal.header("Content-Type", type);
      }
      var body = new byte[response.content().readableBytes()];
      response.content().readBytes(body);
      admission.sent(body.length);
      admission.end(Outcome.COMPLETE, status);
      result.complete(ResponseHeaders.add(refusal.body(body), admission));
      var _ = context.close();
    }

    private Duration idle() {
      return route.view().idleTimeout();
    }

    void fail(@Nullable Throwable cause) {
      if (result.isDone()) {
        return;
      }
      var failure = cause == null ? new java.nio.channels.ClosedChannelException() : cause;
      backend.failed(System.nanoTime() - began, failure);
      permit.close();
      result.complete(Failures.answer(Failures.of(failure, route.view(), backend), admission));
    }
  }

  /** Waits for the backend's word on an upgrade. */
  private static final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final Opening opening;

    Answer(Opening opening) {
      this.opening = opening;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      opening.ask(context);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      opening.answered(context, response);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      opening.fail(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      opening.fail(cause);
      var _ = context.close();
    }
  }
}

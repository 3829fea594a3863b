package dev.tollgate.gateway.proxy;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.backend.Backend;
import dev.tollgate.gateway.backend.Failures;
import dev.tollgate.gateway.backend.InterimAnswers;
import dev.tollgate.gateway.backend.OnwardRequest;
import dev.tollgate.gateway.backend.Outgoing;
import dev.tollgate.gateway.body.BrokenBodies;
import dev.tollgate.gateway.body.StreamedBody;
import dev.tollgate.gateway.http.Headers;
import dev.tollgate.gateway.http.RequestTarget;
import dev.tollgate.gateway.route.LiveRoute;
import io.micronaut.http.ByteBodyHttpResponseWrapper;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.FutureListener;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One upgrade while it is not agreed on. The backend agrees, and it becomes a {@link Tunnel}; or it
 * answers as to any request, and its answer is passed on; or it fails, or the caller goes. Runs on
 * the event loop of the caller's connection, from the wait for the backend on.
 */
final class Handshake {

  private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
  private static final List<String> WEBSOCKET =
      List.of(
          "Sec-WebSocket-Key",
          "Sec-WebSocket-Version",
          "Sec-WebSocket-Protocol",
          "Sec-WebSocket-Extensions");

  private final Tunnels tunnels;
  private final NettyHttpRequest<?> request;
  private final LiveRoute route;
  private final Admission admission;
  private final String protocols;
  private final Channel client;
  private final CompletableFuture<HttpResponse<?>> result = new CompletableFuture<>();
  private final FutureListener<Void> disconnect = closed -> gone();
  private final long began = System.nanoTime();

  // what is held until it is over
  private @Nullable CompletableFuture<Permit> turn;
  private @Nullable Backend backend;
  private @Nullable Permit permit;
  private @Nullable Channel connection;
  private @Nullable Future<?> timer;
  private boolean over;

  Handshake(
      Tunnels tunnels,
      NettyHttpRequest<?> request,
      LiveRoute route,
      Admission admission,
      String protocols) {
    this.tunnels = tunnels;
    this.request = request;
    this.route = route;
    this.admission = admission;
    this.protocols = protocols;
    this.client = request.getChannelHandlerContext().channel();
  }

  CompletionStage<HttpResponse<?>> start() {
    client.eventLoop().execute(() -> guarded(this::choose));
    return result;
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      broken(e);
    }
  }

  private void choose() {
    var chosen = route.choose(request.getHeaders(), admission.principal().tenant(), List.of());
    if (chosen == null) {
      refuse(Failures.noBackend(route.view()));
      return;
    }
    backend = chosen;
    var waits = chosen.acquire(admission).toCompletableFuture();
    turn = waits;
    var _ = client.closeFuture().addListener(disconnect);
    var _ =
        waits.whenCompleteAsync(
            (got, failure) -> {
              if (got == null) {
                chosen.released();
                refuse(Failures.noTurn(failure, route.view(), chosen));
              } else if (over) {
                chosen.released();
                got.close();
              } else {
                permit = got;
                guarded(() -> connect(chosen, got));
              }
            },
            client.eventLoop());
  }

  private void connect(Backend chosen, Permit got) {
    var left = admission.deadline() - System.nanoTime();
    if (left <= 0) {
      notAsked(chosen, Failures.timeout(route.view(), chosen));
      return;
    }
    var target = chosen.target(RequestTarget.of(request));
    var onward = onward(target);
    var missing = chosen.addHeaders(onward.getHeaders(), tunnels.secrets());
    if (missing != null) {
      notAsked(chosen, Failures.noValue(missing, route.view(), chosen));
      return;
    }
    Headers.traceparent(onward.getHeaders());
    timer =
        client.eventLoop().schedule(() -> fail(new TimeoutException()), left, TimeUnit.NANOSECONDS);
    var secure = "https".equals(target.getScheme()) || "wss".equals(target.getScheme());
    var port = target.getPort() >= 0 ? target.getPort() : secure ? 443 : 80;
    @Nullable SslContext tls;
    try {
      tls = secure ? tunnels.tls(chosen) : null;
    } catch (SSLException e) {
      fail(e);
      return;
    }
    var connecting =
        new Bootstrap()
            .group(client.eventLoop())
            .channelFactory(new ReflectiveChannelFactory<>(client.getClass()))
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) route.view().connectTimeout().toMillis())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    var pipeline = channel.pipeline();
                    if (tls != null) {
                      pipeline.addLast(tls.newHandler(channel.alloc(), target.getHost(), port));
                    }
                    var limits = new HttpDecoderConfig().setMaxHeaderSize(tunnels.headerBytes());
                    pipeline.addLast(new HttpClientCodec(limits, false, false));
                    pipeline.addLast(InterimAnswers.NAME, new InterimAnswers());
                    pipeline.addLast(Outgoing.NAME, new Outgoing.Connection());
                    pipeline.addLast(new AwaitedAnswer(Handshake.this, onward, chosen, got));
                    BrokenBodies.guard(pipeline);
                  }
                })
            .connect(target.getHost(), port);
    connection = connecting.channel();
    var _ =
        connecting.addListener(connected -> {
          if (!connected.isSuccess()) {
            fail(connected.cause());
          }
        });
  }

  private OnwardRequest onward(URI target) {
    var onward = OnwardRequest.passing(request, tunnels.callers().of(request), target);
    var headers = onward.nettyHeaders();
    for (var name : WEBSOCKET) {
      var value = request.getHeaders().get(name);
      if (value != null) {
        headers.set(name, value);
      }
    }
    headers.set("Host", target.getRawAuthority());
    headers.set("Connection", "Upgrade");
    headers.set("Upgrade", protocols);
    return onward;
  }

  /** Sends the request on, when the connection stands. */
  void ask(ChannelHandlerContext context, OnwardRequest onward) {
    var target = onward.getUri();
    var path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
    var query = target.getRawQuery();
    var _ =
        context.write(
            onward.toHttpRequestWithoutBody().setUri(query == null ? path : path + "?" + query),
            context.voidPromise());
    var _ = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  /** The backend agreed. */
  void agreed(
      ChannelHandlerContext context,
      io.netty.handler.codec.http.HttpResponse answer,
      Backend chosen,
      Permit got) {
    if (end()) {
      chosen.succeeded(System.nanoTime() - began);
      new Tunnel(client, context.channel(), admission, got, route.view().idleTimeout())
          .begin(answer);
    } else {
      var _ = context.close();
    }
  }

  /** The backend answers as if it had not been asked for an upgrade. */
  void answered(
      ChannelHandlerContext context,
      io.netty.handler.codec.http.HttpResponse answer,
      OnwardRequest onward,
      Backend chosen,
      Permit got) {
    if (!end()) {
      var _ = context.close();
      return;
    }
    var status = answer.status().code();
    if (status >= 500) {
      chosen.failed(System.nanoTime() - began, new Failures.ServerError(status));
    } else {
      chosen.succeeded(System.nanoTime() - began);
    }
    try {
      MutableHttpResponse<?> response = HttpResponse.status(status, answer.status().reasonPhrase());
      answer.headers().forEach(header -> response.header(header.getKey(), header.getValue()));
      result.complete(
          new Answer(request, admission, null, got, onward)
              .passOn(
                  ByteBodyHttpResponseWrapper.wrap(response, body(context, answer)),
                  route.view().idleTimeout()));
    } catch (RuntimeException e) {
      lost(e);
    }
  }

  private CloseableByteBody body(
      ChannelHandlerContext context, io.netty.handler.codec.http.HttpResponse answer) {
    var status = answer.status().code();
    if (request.getMethodName().equals("HEAD") || status == 204 || status == 304) {
      var _ = context.close();
      return request.byteBodyFactory().createEmpty();
    }
    var streamed =
        new StreamedBody(context.channel(), answer.headers(), route.view().idleTimeout());
    context.pipeline().addLast(streamed);
    context.pipeline().remove(context.handler());
    return streamed.body();
  }

  /** The backend failed, or it broke off where there is no cause. */
  void fail(@Nullable Throwable cause) {
    var chosen = backend;
    if (chosen == null || !end()) {
      return;
    }
    var failure = cause == null ? new ClosedChannelException() : cause;
    chosen.unanswered(System.nanoTime() - began, failure);
    letGo();
    result.complete(Failures.answer(Failures.of(failure, route.view(), chosen), admission));
  }

  /** Nothing was sent to the backend after all. */
  private void notAsked(Backend chosen, Problem problem) {
    chosen.released();
    refuse(problem);
  }

  private void refuse(Problem problem) {
    if (end()) {
      letGo();
      result.complete(Failures.answer(problem, admission));
    }
  }

  /** The caller has gone before he was answered: nobody waits for the backend any more. */
  private void gone() {
    if (!end()) {
      return;
    }
    var waits = turn;
    if (waits != null) {
      waits.cancel(false);
    }
    if (permit != null && backend != null) {
      backend.released();
    }
    letGo();
    admission.end(Outcome.PARTIAL, 499);
  }

  /** A fault of this program: nothing that it held is held for ever because of it. */
  private void broken(RuntimeException fault) {
    if (end()) {
      if (backend != null) {
        backend.released();
      }
      lost(fault);
    }
  }

  private void lost(RuntimeException fault) {
    LOG.error("Upgrade {} to route {} failed", admission.id(), route.view().name(), fault);
    letGo();
    result.complete(Failures.answer(Failures.fault(), admission));
  }

  private void letGo() {
    if (connection != null) {
      var _ = connection.close();
    }
    if (permit != null) {
      permit.close();
    }
  }

  /** Whether it was not over before. */
  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    var _ = client.closeFuture().removeListener(disconnect);
    if (timer != null) {
      var _ = timer.cancel(false);
    }
    return true;
  }
}

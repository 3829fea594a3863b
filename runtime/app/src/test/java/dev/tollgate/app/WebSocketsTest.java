package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WebSockets between a client and a backend, with a real one at each end. */
@NullUnmarked
class WebSocketsTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private ApiBackendServer backend;
  private Channel sockets;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    sockets = echo();
    var port = ((InetSocketAddress) sockets.localAddress()).getPort();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", backend.port(), "") + route("live", port, ""),
            Map.of("tollgate.gateway.renew", "200ms"));
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void aWebSocketIsPassedThroughAndIsOneRequestWithItsBytes() throws Exception {
    var received = new Received();
    var socket = open(runtime.key("acme"), received);
    assertThat(socket.getSubprotocol()).isEqualTo("chat");
    socket.sendText("who", true).join();
    assertThat(received.texts.poll(5, TimeUnit.SECONDS)).isEqualTo("echo");
    var long1 = "x".repeat(30_000);
    socket.sendText(long1, true).join();
    assertThat(received.texts.poll(5, TimeUnit.SECONDS)).isEqualTo(long1);
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    assertThat(received.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1000);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 1);
    assertThat(runtime.usage("acme").path("total").path("bytesIn").asLong()).isGreaterThan(30_000);
    assertThat(runtime.usage("acme").path("total").path("bytesOut").asLong()).isGreaterThan(30_000);
  }

  @Test
  void aWebSocketEndsWithItsKey() throws Exception {
    var key = runtime.newKey("acme");
    var received = new Received();
    var socket = open(key.path("key").asText(), received);
    Thread.sleep(600);
    socket.sendText("who", true).join();
    assertThat(received.texts.poll(5, TimeUnit.SECONDS)).isEqualTo("echo");
    runtime.send(runtime.request("acme", "/v1/keys/" + key.path("id").asText()).DELETE());
    received.closed.handle((code, failure) -> 0).get(5, TimeUnit.SECONDS);
    assertThat(runtime.metrics()).contains("tollgate_requests_running 0.0");
  }

  @Test
  void aWebSocketEndsWhenItsTenantIsSuspended() throws Exception {
    var received = new Received();
    var other = new Received();
    open(runtime.key("acme"), received);
    var stays = open(runtime.key("globex"), other);
    Files.writeString(
        manifests.resolve("tenants.yaml"),
        Manifests.TENANTS.replace("ACME, plan: open", "ACME, plan: open, suspended: true"));
    received.closed.handle((code, failure) -> 0).get(15, TimeUnit.SECONDS);
    stays.sendText("who", true).join();
    assertThat(other.texts.poll(5, TimeUnit.SECONDS)).isEqualTo("echo");
    stays.abort();
  }

  @Test
  void theAnswerToAnUpgradeHasNoLength() throws Exception {
    try (var socket =
        runtime.begin(
            "acme",
            "GET /live/ws",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) {
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      var answer = new StringBuilder();
      for (var line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
        answer.append(line.toLowerCase(Locale.ROOT)).append('\n');
      }
      assertThat(answer).startsWith("http/1.1 101").doesNotContain("content-length");
    }
  }

  @Test
  void aWebSocketWithoutAKeyIsRefused() {
    assertThatThrownBy(() -> open("none", new Received()))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            e -> assertThat(e.getResponse().statusCode()).isEqualTo(401));
  }

  @Test
  void aBackendThatKnowsNoWebSocketAnswersForItself() {
    assertThatThrownBy(() ->
            runtime
                .client
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + runtime.key("acme"))
                .buildAsync(
                    URI.create("ws://localhost:" + runtime.port + "/plain/ws"), new Received())
                .join())
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            e -> assertThat(e.getResponse().statusCode()).isEqualTo(200));
  }

  private WebSocket open(String key, Received received) {
    return runtime
        .client
        .newWebSocketBuilder()
        .header("Authorization", "Bearer " + key)
        .subprotocols("chat")
        .buildAsync(URI.create("ws://localhost:" + runtime.port + "/live/ws"), received)
        .join();
  }

  private static final class Received implements WebSocket.Listener {
    final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>();
    final StringBuilder text = new StringBuilder();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  /** Says every frame again, and to who that it is the echo. */
  private Channel echo() throws InterruptedException {
    return new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new HttpServerCodec(),
                        new HttpObjectAggregator(65536),
                        new WebSocketServerProtocolHandler("/ws", "chat", true),
                        new SimpleChannelInboundHandler<WebSocketFrame>() {
                          @Override
                          protected void channelRead0(
                              ChannelHandlerContext context, WebSocketFrame frame) {
                            context.writeAndFlush(
                                frame instanceof TextWebSocketFrame text
                                        && text.text().equals("who")
                                    ? new TextWebSocketFrame("echo")
                                    : frame.retain());
                          }
                        });
              }
            })
        .bind("127.0.0.1", 0)
        .sync()
        .channel();
  }
}

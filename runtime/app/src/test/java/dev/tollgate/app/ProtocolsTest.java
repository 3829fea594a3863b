package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.tollgate.app.wiring.Certificates;
import dev.tollgate.app.wiring.Tls;
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
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway with protocols other than plain HTTP/1.1: WebSocket, TLS and HTTP/2. */
@NullUnmarked
class ProtocolsTest {

  @TempDir Path manifests;
  @TempDir Path data;
  @TempDir static Path certificates;
  private final Map<String, String> asked = new ConcurrentHashMap<>();
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private HttpServer backend;
  private Channel sockets;
  private RunningRuntime runtime;
  private int tlsPort;

  @TempDir Path broken;

  @BeforeAll
  static void certificates() throws Exception {
    certificate(certificates.resolve("localhost"), "EC", "localhost");
    certificate(certificates.resolve("wild"), "RSA", "*.example.com");
    certificate(certificates.resolve("exact"), "EC", "a.example.com");
  }

  @BeforeEach
  void start() throws Exception {
    backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.setExecutor(Executors.newCachedThreadPool());
    backend.createContext(
        "/",
        exchange -> {
          try (exchange) {
            asked.put("forwarded", exchange.getRequestHeaders().getFirst("Forwarded"));
            var body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
          }
        });
    backend.start();
    sockets = echo();
    for (var file : List.of("tls.key", "tls.crt")) {
      Files.writeString(broken.resolve(file), "none yet");
    }
    try (var socket = new ServerSocket(0)) {
      tlsPort = socket.getLocalPort();
    }
    Map<String, Object> settings =
        new HashMap<>(
            Tls.settings(
                List.of(
                    certificates.resolve("localhost"),
                    broken,
                    certificates.resolve("wild"),
                    certificates.resolve("exact")),
                tlsPort));
    settings.put("tollgate.gateway.renew", "200ms");
    settings.put("tollgate.gateway.https-hostnames", "localhost,*.example.com");
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", backend.getAddress().getPort(), "")
                + route("live", ((InetSocketAddress) sockets.localAddress()).getPort(), ""),
            settings);
  }

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

  /** A certificate as a kubernetes.io/tls Secret has it. */
  private static void certificate(Path directory, String type, String name) throws Exception {
    Files.createDirectories(directory);
    var store = directory.resolve("store.p12");
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                type,
                "-alias",
                "a",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=dns:" + name,
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    var keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    pem(
        directory.resolve("tls.key"),
        "PRIVATE KEY",
        keys.getKey("a", "changeit".toCharArray()).getEncoded());
    pem(directory.resolve("tls.crt"), "CERTIFICATE", keys.getCertificate("a").getEncoded());
  }

  private static void pem(Path file, String type, byte[] der) throws IOException {
    var text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    Files.writeString(
        file,
        "-----BEGIN "
            + type
            + "-----\n"
            + text.encodeToString(der)
            + "\n-----END "
            + type
            + "-----\n");
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.stop(0);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
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

  private WebSocket open(String key, Received received) {
    return runtime
        .client
        .newWebSocketBuilder()
        .header("Authorization", "Bearer " + key)
        .subprotocols("chat")
        .buildAsync(URI.create("ws://localhost:" + runtime.port + "/live/ws"), received)
        .join();
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
    try (var socket = new Socket("localhost", runtime.port)) {
      var head =
          """
          GET /live/ws HTTP/1.1
          Host: localhost
          Authorization: Bearer %s
          Connection: Upgrade
          Upgrade: websocket
          Sec-WebSocket-Version: 13
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

          """
              .formatted(runtime.key("acme"))
              .replace("\n", "\r\n");
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
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

  @Test
  void overTlsTheClientMaySpeakHttp2() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var answer = client.send(secure("/plain/x", "hello"), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(asked.get("forwarded")).contains("proto=https");
    }
  }

  @Test
  void theCertificateOfTheNameThatIsAskedForIsServed() throws Exception {
    assertThat(served("a.example.com")).isEqualTo("CN=a.example.com");
    assertThat(served("B.example.com")).as("of another type of key").isEqualTo("CN=*.example.com");
    assertThat(served("localhost")).isEqualTo("CN=localhost");
    assertThat(served("a.b.example.com")).as("the first for others").isEqualTo("CN=localhost");
    assertThat(served(null)).isEqualTo("CN=localhost");
  }

  @Test
  void aCertificateThatCannotBeReadIsToldOfUntilItCan() throws Exception {
    assertThat(health()).contains(broken + " has no tls.key and tls.crt that can be read");
    assertThat(served("new.example.org")).isEqualTo("CN=localhost");
    certificate(broken, "EC", "new.example.org");
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains("\"certificatesThatCannotBeRead\":[]");
    assertThat(served("new.example.org")).isEqualTo("CN=new.example.org");
    Files.writeString(broken.resolve("tls.key"), "nothing any more");
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains(broken + " has no tls.key and tls.crt that can be read");
    assertThat(served("new.example.org")).as("what was good").isEqualTo("CN=new.example.org");
  }

  private String health() throws Exception {
    return runtime
        .client
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + runtime.managementPort + "/health"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private String served(String name) throws Exception {
    try (var socket =
        (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", tlsPort)) {
      if (name != null) {
        var parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
      }
      var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }
  }

  @Test
  void overTlsTheClientMaySpeakHttp11() throws Exception {
    try (var client =
        HttpClient.newBuilder()
            .sslContext(trusting())
            .version(HttpClient.Version.HTTP_1_1)
            .build()) {
      var big = "y".repeat(300_000);
      var answer = client.send(secure("/plain/x", big), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.body()).isEqualTo(big);
    }
  }

  @Test
  void fiftyRequestsShareAnHttp2Connection() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var all =
          java.util.stream.IntStream.range(0, 50)
              .mapToObj(i ->
                  client.sendAsync(
                      secure("/plain/x", "n" + i), HttpResponse.BodyHandlers.ofString()))
              .toList();
      for (int i = 0; i < 50; i++) {
        assertThat(all.get(i).join().body()).isEqualTo("n" + i);
      }
    }
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 50);
  }

  /** In the clear HTTP/2 begins at the first byte; curl is the client that can. */
  @Test
  void inTheClearTheClientMaySpeakHttp2FromTheFirstByte() throws Exception {
    var curl =
        new ProcessBuilder(
                "curl",
                "-s",
                "--http2-prior-knowledge",
                "-w",
                " %{http_version}",
                "-H",
                "Authorization: Bearer " + runtime.key("acme"),
                "-d",
                "hello",
                "http://localhost:" + runtime.port + "/plain/x")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("hello 2");
  }

  @Test
  void aListenerAnswersToItsHostNamesAlone() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var other =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + tlsPort + "/plain/x"))
              .header("Authorization", "Bearer " + runtime.key("acme"))
              .build();
      var answer = client.send(other, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(421);
      assertThat(answer.body()).contains("problems/misdirected", "127.0.0.1");
      assertThat(
              client
                  .send(secure("/plain/x", "a"), HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
    }
    assertThat(runtime.get("acme", "/plain/x").statusCode()).as("without TLS").isEqualTo(200);
  }

  private HttpRequest secure(String path, String body) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + tlsPort + path))
        .header("Authorization", "Bearer " + runtime.key("acme"))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  /** Trusts the test's own certificate. */
  private static SSLContext trusting() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(
        null,
        new TrustManager[] {
          new X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(
                X509Certificate[] chain, String type, java.net.Socket socket) {}

            @Override
            public void checkServerTrusted(
                X509Certificate[] chain, String type, java.net.Socket socket) {}

            @Override
            public void checkClientTrusted(
                X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public void checkServerTrusted(
                X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
              return new X509Certificate[0];
            }
          }
        },
        null);
    return context;
  }
}

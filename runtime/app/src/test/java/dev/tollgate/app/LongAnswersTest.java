package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What takes long pays for its bytes as they go, and may be ended before its end. */
@NullUnmarked
class LongAnswersTest {

  private static final int LIMIT = 200_000;
  private static final String LIMITED =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: RateLimitPolicy
      metadata: {name: volume}
      spec:
        targetRefs: [{kind: Tenant, name: acme}]
        limits: [{name: volume, meter: bytes, limit: %d, per: Hour, by: Tenant}]
      """
          .formatted(LIMIT);

  @TempDir Path manifests;
  @TempDir Path data;
  private final AtomicInteger writing = new AtomicInteger();
  private ApiBackendServer backend;
  private ServerSocket upgrades;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    backend.at("/events", (exchange, _) -> write(exchange, 0, Integer.MAX_VALUE));
    backend.at("/file", (exchange, _) -> write(exchange, 50 * 10_000, 50));
    backend.at("/small", (exchange, _) -> write(exchange, 10_000, 1));
    upgrades = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::echo);
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("long", backend.port(), "")
                + route("live", upgrades.getLocalPort(), "")
                + LIMITED,
            Map.of("tollgate.gateway.renew", "200ms"));
  }

  /** Writes 10,000 bytes every 50 ms. */
  private void write(HttpExchange exchange, long length, int times)
      throws IOException, InterruptedException {
    try {
      writing.incrementAndGet();
      exchange.sendResponseHeaders(200, length);
      for (int i = 0; i < times; i++) {
        exchange.getResponseBody().write(new byte[10_000]);
        exchange.getResponseBody().flush();
        Thread.sleep(50);
      }
    } finally {
      writing.decrementAndGet();
    }
  }

  /** Agrees to any upgrade, and sends back what comes. */
  private void echo() {
    try {
      while (true) {
        var socket = upgrades.accept();
        Thread.ofVirtual().start(() -> echo(socket));
      }
    } catch (IOException e) {
      // the test is over
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      skipHead(in);
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      in.transferTo(socket.getOutputStream());
    } catch (IOException e) {
      // the other side has gone
    }
  }

  private static void skipHead(InputStream in) throws IOException {
    var ends = 0;
    while (ends < 4) {
      var c = in.read();
      if (c < 0) {
        throw new IOException("no head");
      }
      ends = c == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : 0;
    }
  }

  @AfterEach
  void stop() throws Exception {
    runtime.close();
    backend.close();
    upgrades.close();
  }

  private Socket tunnel(String tenant) throws IOException {
    var socket = runtime.begin(tenant, "GET /live", "Connection: Upgrade", "Upgrade: echo");
    socket.setSoTimeout(10_000);
    skipHead(socket.getInputStream());
    return socket;
  }

  private InputStream begin(String tenant, String key, String path) throws Exception {
    var answer =
        runtime.client.send(
            runtime.request(tenant, path).setHeader("Authorization", "Bearer " + key).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private int status(String tenant) {
    try {
      return runtime.get(tenant, "/long/small").statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aConnectionThatLeftHttpPaysWhileItIsOpenAndEndsWhereALimitIsPassed() throws Exception {
    try (var socket = tunnel("acme")) {
      exchange(socket, 60_000);
      // both ways count
      await(() -> remaining("acme") <= LIMIT - 120_000);
      exchange(socket, 60_000);
      assertThat(socket.getInputStream().read()).as("ended").isEqualTo(-1);
    }
    assertThat(status("acme")).isEqualTo(429);
    assertThat(status("globex")).isEqualTo(200);
  }

  private static void exchange(Socket socket, int bytes) throws IOException {
    socket.getOutputStream().write(new byte[bytes]);
    assertThat(socket.getInputStream().readNBytes(bytes)).hasSize(bytes);
  }

  private long remaining(String tenant) {
    try {
      var header =
          runtime.get(tenant, "/long/none").headers().firstValue("RateLimit").orElseThrow();
      return Long.parseLong(header.replaceAll(".*r=(\\d+).*", "$1"));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anAnswerWithoutALengthEndsWhereALimitIsPassed() throws Exception {
    try (var events = begin("acme", runtime.key("acme"), "/long/events")) {
      assertThatThrownBy(() -> events.transferTo(java.io.OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class);
    }
    await(() -> writing.get() == 0);
    assertThat(status("acme")).isEqualTo(429);
  }

  @Test
  void anAnswerWithALengthIsSentToItsEnd() throws Exception {
    try (var file = begin("acme", runtime.key("acme"), "/long/file")) {
      assertThat(file.readAllBytes()).hasSize(500_000);
    }
    assertThat(status("acme")).isEqualTo(429);
  }

  @Test
  void aLongAnswerEndsWithItsKey() throws Exception {
    var key = runtime.newKey("globex");
    try (var events = begin("globex", key.path("key").asText(), "/long/events");
        var others = begin("globex", runtime.key("globex"), "/long/events")) {
      events.readNBytes(20_000);
      runtime.send(runtime.request("globex", "/v1/keys/" + key.path("id").asText()).DELETE());
      assertThatThrownBy(
              () -> {
                while (events.read(new byte[10_000]) >= 0) {
                  others.readNBytes(10_000);
                }
              })
          .isInstanceOf(IOException.class);
      await(() -> writing.get() == 1);
      assertThat(others.readNBytes(20_000)).hasSize(20_000);
    }
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upgrades that come to nothing: a server may ignore one (RFC 9110, 7.8), and a caller may go. */
@NullUnmarked
class UpgradesTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private ApiBackendServer backend;
  private ServerSocket silent;
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private ServerSocket agreeing;
  private volatile String agreement;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at(
        "/echo",
        (exchange, body) -> {
          seen.add(exchange.getRequestMethod() + " " + new String(body, StandardCharsets.UTF_8));
          seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Upgrade")));
          exchange.getResponseHeaders().add("ETag", "\"v1\"");
          exchange.getResponseHeaders().add("Set-Cookie", "a=b");
          exchange.getResponseHeaders().add("Set-Cookie", "c=d");
          exchange.getResponseHeaders().add("Cache-Control", "no-store");
          exchange.getResponseHeaders().add("Retry-After", "7");
          exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
          backend.answer(exchange, 200);
        });
    backend.at(
        "/large",
        (exchange, _) -> {
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(new byte[100_000]);
          }
        });
    backend.at("/empty", (exchange, _) -> exchange.sendResponseHeaders(204, -1));
    backend.at(
        "/breaks",
        (exchange, _) -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().write('x');
          exchange.getResponseBody().flush();
        });
    silent = new ServerSocket(0);
    var _ =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  accepted.add(silent.accept());
                }
              } catch (IOException e) {
                // the test is over
              }
            });
    agreeing = new ServerSocket(0);
    var _ = Thread.ofVirtual().start(this::agree);
    var one = "{name: one, url: \"http://127.0.0.1:%d\", maxConnections: 1, maxPending: 10}";
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", backend.port(), "")
                + route("agreeing", agreeing.getLocalPort(), "")
                + route(
                    "silent",
                    List.of(one.formatted(silent.getLocalPort())),
                    """
                    timeouts: {request: 20s}
                    circuitBreaker: {failurePercent: 50, minimumCalls: 1, window: 60s}
                    """),
            Map.of());
  }

  @AfterEach
  void stop() throws IOException {
    runtime.close();
    backend.close();
    silent.close();
    agreeing.close();
    for (var socket : accepted) {
      socket.close();
    }
  }

  /** Answers with the agreement, and leaves it to the other side to close the connection. */
  private void agree() {
    try {
      while (true) {
        var socket = agreeing.accept();
        accepted.add(socket);
        head(socket);
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" + agreement + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // the test is over
    }
  }

  private Socket ask(String request, String upgrade, String... more) throws IOException {
    var headers = new ArrayList<>(List.of("Connection: Upgrade", "Upgrade: " + upgrade));
    headers.addAll(List.of(more));
    return runtime.begin("acme", request, headers.toArray(String[]::new));
  }

  /** The lines of an answer's head, with the names of headers in small letters. */
  private static List<String> head(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("ended after: " + head);
      }
      head.append((char) next);
    }
    return head.toString()
        .lines()
        .map(line -> {
          var name = line.indexOf(':') + 1;
          return line.substring(0, name).toLowerCase(Locale.ROOT) + line.substring(name);
        })
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS/1.2", "h2c", "websocket", "foo/2", "TLS/1.0, HTTP/2.0"})
  void aPostWithAnUpgradeIsPassedOnWithItsBody(String upgrade) throws Exception {
    try (var socket = ask("POST /plain/echo", upgrade, "Content-Length: 5")) {
      socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 200 OK");
    }
    assertThat(seen).containsExactly("POST hello", "null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS/1.2", "websocket", "foo/2", "TLS/1.2, foo/2"})
  void anAnswerToAnIgnoredUpgradeKeepsItsHeaders(String upgrade) throws Exception {
    try (var socket = ask("GET /plain/echo", upgrade)) {
      assertThat(head(socket))
          .contains(
              "HTTP/1.1 200 OK",
              "etag: \"v1\"",
              "set-cookie: a=b",
              "set-cookie: c=d",
              "cache-control: no-store",
              "retry-after: 7",
              "www-authenticate: Basic realm=\"x\"",
              "content-length: 7");
      assertThat(new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII))
          .isEqualTo("/echo 1");
    }
    var asked = upgrade.equals("TLS/1.2") ? "null" : upgrade.replace("TLS/1.2, ", "");
    assertThat(seen).containsExactly("GET ", asked);
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 1);
    assertThat(runtime.usage("acme").at("/total/bytesOut").asLong()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "foo/2"})
  void aLargeAnswerToAnIgnoredUpgradeComesWhole(String upgrade) throws Exception {
    try (var socket = ask("GET /plain/large", upgrade)) {
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 200 OK");
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      var total = 0;
      for (var size = size(in); size > 0; size = size(in)) {
        assertThat(in.readNBytes(size + 2)).hasSize(size + 2);
        total += size;
      }
      assertThat(total).isEqualTo(10_000_000);
    }
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    await(() -> backend("plain", "busy").equals("0.0"));
  }

  /** Of the next chunk. */
  private static int size(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (var next = in.read(); next != '\n'; next = in.read()) {
      line.append((char) next);
    }
    return Integer.parseInt(line.toString().strip(), 16);
  }

  @Test
  void aConnectionServesOnAfterAnIgnoredUpgrade() throws Exception {
    try (var socket = ask("GET /plain/empty", "websocket")) {
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 204 No Content");
      var next = "GET /plain/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n";
      socket
          .getOutputStream()
          .write(next.formatted(runtime.key("acme")).getBytes(StandardCharsets.US_ASCII));
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void anAnswerToAnIgnoredUpgradeThatBreaksOffIsCutOff() throws Exception {
    try (var socket = ask("GET /plain/breaks", "websocket")) {
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 200 OK");
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(new byte[] {'x'});
    }
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
  }

  private String backend(String route, String gauge) {
    try {
      for (var line : runtime.metrics().lines().toList()) {
        if (line.startsWith("tollgate_backend_" + gauge + "{")
            && line.contains('"' + route + '"')) {
          return line.substring(line.lastIndexOf(' ') + 1);
        }
      }
      return "";
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first has the only place at the backend, the second waits for it. */
  @Test
  void aHandshakeWhoseCallerHasGoneIsGivenUp() throws Exception {
    var first = ask("GET /silent/ws", "websocket");
    await(() -> accepted.size() == 1);
    var second = ask("GET /silent/ws", "websocket");
    await(() -> backend("silent", "waiting").equals("1.0"));
    second.close();
    await(() -> backend("silent", "waiting").equals("0.0"));
    first.close();
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    assertThat(backend("silent", "busy")).isEqualTo("0.0");
    assertThat(backend("silent", "open")).isEqualTo("0.0");
    assertThat(accepted.getFirst().getInputStream().readAllBytes())
        .as("until its end")
        .isNotEmpty();
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 2);
  }

  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upgrade: websocket\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Accept: d3Jvbmc=\r\n",
        "Upgrade: foo/2\r\n",
        ""
      })
  void anAgreementThatIsNotForWhatWasAskedIsA502AtOnce(String answer) throws Exception {
    agreement = answer;
    try (var socket = ask("GET /agreeing/ws", "websocket", KEY, "Sec-WebSocket-Version: 13")) {
      var head = head(socket);
      assertThat(head).first().isEqualTo("HTTP/1.1 502 Backend failed");
      var length = head.stream().filter(line -> line.startsWith("content-length: ")).findFirst();
      var size = Integer.parseInt(length.orElseThrow().substring(16));
      var problem = new String(socket.getInputStream().readNBytes(size), StandardCharsets.UTF_8);
      assertThat(problem).contains("problems/backend-failed").contains("its 101");
    }
    assertThat(accepted.getFirst().getInputStream().read()).as("the end").isEqualTo(-1);
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
  }

  @Test
  void anAgreementWithTheAcceptOfTheKeyOpensTheTunnel() throws Exception {
    agreement = "Upgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    try (var socket = ask("GET /agreeing/ws", "websocket", KEY, "Sec-WebSocket-Version: 13")) {
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 101 Switching Protocols");
    }
  }

  @Test
  void whatABackendSaysTogetherWithItsAgreementArrives() throws Exception {
    agreement =
        "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nfirst";
    try (var socket = ask("GET /agreeing/ws", "websocket", KEY, "Sec-WebSocket-Version: 13")) {
      assertThat(head(socket)).first().isEqualTo("HTTP/1.1 101 Switching Protocols");
      assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("first");
    }
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that are sent to a backend again, and those that are not. */
@NullUnmarked
class RetriesTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at("/failing", 503);
    backend.at("/limited", 429);
    backend.at(
        "/sleep",
        (exchange, _) -> {
          Thread.sleep(1000);
          backend.answer(exchange, 200);
        });
    var halves =
        List.of(
            backend.backend("one", "/failing"),
            backend.backend("two", "/two", "when: {version: '2'}"));
    var shared =
        List.of(backend.backend("one", "/limited"), backend.backend("two", "/quick", "weight: 0"));
    var slow =
        List.of(backend.backend("one", "/sleep"), backend.backend("two", "/quick", "weight: 0"));
    var routes =
        route("halves", halves, "retry: {attempts: 1, reasons: [\"503\"], budgetPercent: 20}")
            + route("shared", shared, "retry: {reasons: [\"429\"]}")
            + route(
                "flaky",
                backend.port(),
                "retry: {attempts: 2, reasons: [\"503\"], budgetPercent: 20}")
            + route(
                "patient",
                slow,
                """
                timeouts: {request: 5s}
                retry: {reasons: [Timeout], timeout: 300ms}
                """)
            + route(
                "silent",
                slow,
                """
                timeouts: {idle: 300ms}
                retry: {reasons: [Timeout]}
                """)
            + route(
                "hasty",
                slow,
                """
                circuitBreaker: {minimumCalls: 1, failurePercent: 100, window: 60s}
                retry: {reasons: [Reset], timeout: 300ms}
                """)
            + route(
                "posts",
                backend.port(),
                """
                retry: {attempts: 1, reasons: [ConnectFailure, "503"]}
                timeouts: {request: 2s}
                """);
    runtime = RunningRuntime.start(data, manifests, routes, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void aRetryGoesToTheSameBackendWhereNoOtherTakesPart() throws Exception {
    var answer = runtime.get("acme", "/halves/thing");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).startsWith("/failing/thing");
    assertThat(backend.calls).hasValue(2);
    var other =
        runtime.send(runtime.request("acme", "/halves/thing").header("X-Tollgate-Version", "2"));
    assertThat(other.body()).startsWith("/two/thing");
  }

  @Test
  void anAnswerOf400To499IsARetryToo() throws Exception {
    assertThat(runtime.get("acme", "/shared/thing").body()).startsWith("/quick/thing");
    assertThat(backend.calls).hasValue(2);
    var post =
        runtime.request("acme", "/shared/thing").POST(HttpRequest.BodyPublishers.ofString("x"));
    assertThat(runtime.send(post).statusCode()).isEqualTo(429);
  }

  /** Ten retries are there from the start, and each five requests earn one more. */
  @Test
  void retriesAreAPartOfAllRequestsAtMost() throws Exception {
    for (int i = 0; i < 100; i++) {
      assertThat(runtime.get("acme", "/flaky/failing").statusCode()).isEqualTo(503);
    }
    assertThat(backend.calls.get() - 100).isBetween(25, 31);
  }

  @Test
  void aTryThatTakesTooLongIsMadeAgainElsewhere() throws Exception {
    for (var route : List.of("patient", "silent")) {
      assertThat(runtime.get("acme", "/" + route + "/thing").body()).startsWith("/quick/thing");
    }
  }

  @Test
  void aTryThatTakesTooLongFailsWhereItIsNotMadeAgain() throws Exception {
    var failed = runtime.get("acme", "/hasty/thing");
    assertThat(failed.statusCode()).isEqualTo(504);
    assertThat(failed.body()).contains("backend-timeout", "did not answer within 300 ms");
    assertThat(runtime.get("acme", "/hasty/thing").body())
        .as("the circuit is open")
        .startsWith("/quick/thing");
    var post = runtime.request("acme", "/patient/thing");
    assertThat(runtime.send(post.POST(HttpRequest.BodyPublishers.ofString("x"))).statusCode())
        .isEqualTo(504);
  }

  @Test
  void aPostIsNotSentAgainAfterAnAnswer() throws Exception {
    runtime.send(
        runtime.request("acme", "/posts/failing").POST(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(backend.calls).hasValue(1);
    runtime.send(
        runtime.request("acme", "/posts/failing").PUT(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(backend.calls).hasValue(3);
  }

  /** Many clients send a request's head and its body one after the other. */
  @Test
  void aSmallBodyThatComesAfterItsHeadIsSentAgain() throws Exception {
    try (var socket = put(1)) {
      Thread.sleep(100);
      assertThat(backend.calls).hasValue(0);
      socket.getOutputStream().write('x');
      assertThat(firstLine(socket)).isEqualTo("HTTP/1.1 503 Service Unavailable");
    }
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedForBeyondTheTimeout() throws Exception {
    try (var socket = put(2)) {
      socket.getOutputStream().write('x');
      assertThat(firstLine(socket)).startsWith("HTTP/1.1 408 ");
    }
    put(2).close();
    assertThat(backend.calls).hasValue(0);
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 2);
  }

  /** It answers the first request of each connection, and closes it in place of a second answer. */
  @Test
  void whatIsSentOnAConnectionThatItsBackendClosesIsSentOnAnother() throws Exception {
    var heads = new AtomicInteger();
    try (var server = new ServerSocket(0)) {
      var _ =
          Thread.startVirtualThread(() -> {
            while (!server.isClosed()) {
              try {
                answerOnce(server.accept(), heads);
              } catch (IOException closed) {
                return;
              }
            }
          });
      var once = "circuitBreaker: {minimumCalls: 1, failurePercent: 1, window: 60s}";
      Files.writeString(manifests.resolve("once.yaml"), route("once", server.getLocalPort(), once));
      await(() -> status(runtime.request("acme", "/once")) == 200);
      // a connection is kept a moment after its answer has come, so a request may still miss it
      await(() -> {
        var before = heads.get();
        assertThat(status(runtime.request("acme", "/once"))).isEqualTo(200);
        return heads.get() - before == 2;
      });
      await(() -> {
        var before = heads.get();
        var post = runtime.request("acme", "/once").POST(HttpRequest.BodyPublishers.ofString("x"));
        var failed = status(post) == 502;
        assertThat(heads.get() - before).as("a POST goes out once").isEqualTo(1);
        return failed;
      });
      assertThat(status(runtime.request("acme", "/once"))).as("a failure it is").isEqualTo(503);
    }
  }

  private int status(HttpRequest.Builder request) {
    try {
      return runtime.send(request).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answerOnce(Socket connection, AtomicInteger heads) {
    var _ =
        Thread.startVirtualThread(() -> {
          try (connection) {
            readHead(connection);
            heads.incrementAndGet();
            connection
                .getOutputStream()
                .write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        .getBytes(StandardCharsets.US_ASCII));
            readHead(connection);
            heads.incrementAndGet();
          } catch (IOException closed) {
            // the gateway has gone first
          }
        });
  }

  private static void readHead(Socket connection) throws IOException {
    var in = connection.getInputStream();
    var end = 0;
    while (end != 0x0d0a0d0a) {
      var next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      end = end << 8 | next;
    }
  }

  private static String firstLine(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    return new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
        .readLine();
  }

  private Socket put(int length) throws IOException {
    return runtime.begin("acme", "PUT /posts/failing", "Content-Length: " + length);
  }
}

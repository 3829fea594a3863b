package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies that their callers do not send as they should: that tells nothing of the backend. */
@NullUnmarked
class UploadFaultsTest {

  /** As many as the backend takes at once, and as would open its circuit. */
  private static final int CALLS = 4;

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at(
        "/sleep",
        (exchange, _) -> {
          Thread.sleep(2000);
          backend.answer(exchange, 200);
        });
    var breaker =
        """
        timeouts: {request: 1s}
        circuitBreaker: {failurePercent: 50, minimumCalls: 4, window: 60s}
        """;
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("api", backend.port(), breaker),
            Map.of("micronaut.server.max-request-size", "1048576"));
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  /** What a caller does with his request once its head is sent. */
  private interface Body {
    void send(Socket socket) throws IOException, InterruptedException;
  }

  /** Several at once: each is answered so, and the backend still serves others. */
  private void answered(String status, String problem, Body body, String... headers)
      throws Exception {
    var sockets = new Socket[CALLS];
    for (int i = 0; i < CALLS; i++) {
      sockets[i] = runtime.begin("acme", "POST /api/thing", headers);
      var socket = sockets[i];
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  body.send(socket);
                } catch (IOException | InterruptedException e) {
                  // it was answered before all was sent
                }
              });
    }
    for (var socket : sockets) {
      try (socket) {
        assertThat(answer(socket))
            .startsWith("HTTP/1.1 " + status)
            .contains("problems/" + problem)
            .doesNotContainIgnoringCase("backend");
      }
    }
    assertThat(runtime.get("globex", "/api/thing").statusCode()).isEqualTo(200);
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == CALLS);
  }

  private static String answer(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    var answer = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(answer);
    } catch (SocketException e) {
      // closed while the rest of the body was on its way
    } catch (SocketTimeoutException e) {
      return "Nothing more within 10 s after: " + answer;
    }
    return answer.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aBodyWhoseLengthIsTooLargeIsRefused() throws Exception {
    answered("413", "too-large", _ -> {}, "Content-Length: 2000000000");
  }

  @Test
  void aBodyThatGrowsTooLargeIsRefused() throws Exception {
    Body body =
        socket -> {
          var chunk =
              ("8000\r\n" + "x".repeat(0x8000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
          for (int i = 0; i < 33; i++) {
            socket.getOutputStream().write(chunk);
          }
        };
    answered("413", "too-large", body, "Transfer-Encoding: chunked");
  }

  @Test
  void aBodyThatStopsTimesOut() throws Exception {
    Body body = socket -> socket.getOutputStream().write(new byte[3]);
    answered("408", "body-timeout", body, "Content-Length: 10");
  }

  @Test
  void aBodyThatIsSlowerThanTheTimeoutTimesOut() throws Exception {
    Body body =
        socket -> {
          for (int i = 0; i < 100; i++) {
            socket.getOutputStream().write('x');
            Thread.sleep(50);
          }
        };
    answered("408", "body-timeout", body, "Content-Length: 100");
  }

  @Test
  void aCallerWhoGoesAmidHisBodyTellsNothingOfTheBackend() throws Exception {
    for (int i = 0; i < CALLS; i++) {
      try (var socket = runtime.begin("acme", "POST /api/thing", "Content-Length: 10")) {
        socket.getOutputStream().write('x');
        Thread.sleep(50);
        socket.setSoLinger(true, 0); // a reset, not an end
      }
    }
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    assertThat(runtime.get("globex", "/api/thing").statusCode()).isEqualTo(200);
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == CALLS);
  }

  @Test
  void aBackendThatDoesNotAnswerAWholeBodyIsTimedOut() throws Exception {
    for (int i = 0; i <= CALLS; i++) {
      try (var socket =
          runtime.begin("acme", "POST /api/sleep", "Content-Length: 3", "Connection: close")) {
        socket.getOutputStream().write("a".getBytes("ASCII"));
        Thread.sleep(20);
        socket.getOutputStream().write("bc".getBytes("ASCII"));
        assertThat(answer(socket))
            .startsWith(i < CALLS ? "HTTP/1.1 504" : "HTTP/1.1 503")
            .contains(i < CALLS ? "problems/backend-timeout" : "problems/no-backend");
      }
    }
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who begins a request and does not end its head keeps no connection. */
@NullUnmarked
class SlowHeadsTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("api", List.of(backend.backend("one", "")), ""),
            Map.of("tollgate.gateway.head", "500ms"));
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void aHeadThatTricklesIsCutOff() throws Exception {
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.setSoTimeout(5000);
      var began = System.nanoTime();
      assertThat(
              trickle(
                  socket, "GET /api/x HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + "a".repeat(200)))
          .isTrue();
      assertThat((System.nanoTime() - began) / 1_000_000).isBetween(400L, 4000L);
    }
    try (var socket = runtime.begin("acme", "GET /api/x")) {
      socket.setSoTimeout(5000);
      assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
      assertThat(trickle(socket, "GET /api/second HTTP/1.1\r\nX-Slow: " + "a".repeat(200)))
          .isTrue();
    }
    assertThat(backend.calls).hasValue(1);
  }

  @Test
  void idleConnectionsAndSlowBodiesAreNot() throws Exception {
    try (var socket = runtime.begin("acme", "POST /api/x", "Content-Length: 10")) {
      socket.setSoTimeout(5000);
      for (int i = 0; i < 10; i++) {
        Thread.sleep(100);
        socket.getOutputStream().write('b');
      }
      assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
      Thread.sleep(1000);
      socket
          .getOutputStream()
          .write(
              ("GET /api/y HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                      + runtime.key("acme")
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
    }
  }

  /** Sends a byte every 25 ms; true when the connection was closed before the end. */
  private static boolean trickle(Socket socket, String head) throws Exception {
    try {
      for (var one : head.getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(one);
        Thread.sleep(25);
        if (socket.getInputStream().available() == 0 && closed(socket)) {
          return true;
        }
      }
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  private static boolean closed(Socket socket) throws IOException {
    socket.setSoTimeout(1);
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } finally {
      socket.setSoTimeout(5000);
    }
  }

  /** What has come once something has, a moment later. */
  private static String answer(InputStream in) throws Exception {
    var first = in.read();
    Thread.sleep(100);
    var rest = new byte[in.available()];
    var read = in.read(rest);
    return (char) first + new String(rest, 0, Math.max(0, read), StandardCharsets.US_ASCII);
  }
}

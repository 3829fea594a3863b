package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a replica. */
@NullUnmarked
class DrainTest {

  private static final byte[] PART = new byte[1 << 16];

  @TempDir Path manifests;
  @TempDir Path data;

  /** In a pod its network goes with it: what it had still to send would be waited for for ever. */
  @Test
  void whatHasNotEndedInTimeIsResetAndCounted() throws Exception {
    try (var backend = new ApiBackendServer()) {
      backend.at(
          "/endless",
          (exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            try (var out = exchange.getResponseBody()) {
              while (true) {
                out.write(PART);
              }
            } catch (IOException e) {
              // nobody wants more
            }
          });
      var runtime =
          RunningRuntime.start(
              data,
              manifests,
              route("api", backend.port(), ""),
              Map.of("tollgate.gateway.drain", "1s"));
      try (var socket = runtime.begin("acme", "GET /api/endless")) {
        socket.setSoTimeout(10_000);
        var in = socket.getInputStream();
        assertThat(in.readNBytes(PART.length)).startsWith("HTTP/1.1 200".getBytes("ASCII"));
        runtime.close(); // while its caller does not read on
        assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
            .isInstanceOf(SocketException.class)
            .hasMessageContaining("reset");
      }
      try (var again = RunningRuntime.startAgain(data, manifests, Map.of())) {
        await(() -> again.usage("acme").at("/total/requests").asLong() == 1);
      }
    }
  }

  /** A request that meets the end of a connection that was kept open is lost to its caller. */
  @Test
  void whoKeepsAConnectionOpenIsToldToCloseItBeforeItEnds() throws Exception {
    try (var backend = new ApiBackendServer()) {
      var runtime =
          RunningRuntime.start(
              data,
              manifests,
              route("api", backend.port(), ""),
              Map.of("tollgate.gateway.farewell", "30s"));
      var key = runtime.key("acme");
      try (var socket = runtime.begin("acme", "GET /api/a")) {
        socket.setSoTimeout(20_000);
        assertThat(answer(socket)).startsWith("HTTP/1.1 200").doesNotContain("connection: close");
        var end = Thread.startVirtualThread(runtime::close);
        Thread.sleep(1_000);
        assertThat(end.isAlive()).isTrue();
        socket
            .getOutputStream()
            .write(
                ("GET /api/b HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + key
                        + "\r\n\r\n")
                    .getBytes(US_ASCII));
        assertThat(answer(socket)).startsWith("HTTP/1.1 200").contains("connection: close");
        socket.close();
        assertThat(end.join(Duration.ofSeconds(20))).as("it waits for nobody else").isTrue();
      }
    }
  }

  /** The head of an answer and what came with it. */
  private static String answer(Socket socket) throws IOException {
    var bytes = new byte[1 << 14];
    var text = "";
    while (!text.contains("\r\n\r\n")) {
      var count = socket.getInputStream().read(bytes);
      assertThat(count).as("the connection is open; so far: %s", text).isPositive();
      text += new String(bytes, 0, count, US_ASCII).toLowerCase(Locale.ROOT);
    }
    return text.replace("http/1.1", "HTTP/1.1");
  }
}

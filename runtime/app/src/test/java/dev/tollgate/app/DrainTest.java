package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.file.Path;
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
}

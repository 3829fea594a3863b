package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to a backend that takes connections and reads nothing. */
@NullUnmarked
class UnreadUploadsTest {

  private static final int SIZE = 32 << 20; // more than the system keeps on the way

  @TempDir Path manifests;
  @TempDir Path data;

  @Test
  void aBackendThatReadsNoUploadIsTimedOutAndItsCircuitOpens() throws Exception {
    List<Socket> taken = new CopyOnWriteArrayList<>();
    try (var hung = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    taken.add(hung.accept());
                  }
                } catch (IOException e) {
                  // the end of the test
                }
              });
      var breaker =
          """
          timeouts: {request: 1s}
          circuitBreaker: {failurePercent: 50, minimumCalls: 2, window: 60s}
          """;
      try (var runtime =
          RunningRuntime.start(
              data,
              manifests,
              route("api", hung.getLocalPort(), breaker),
              Map.of("micronaut.server.max-request-size", Integer.toString(SIZE)))) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          answers.add(upload(runtime));
        }
        assertThat(answers.get(0)).startsWith("HTTP/1.1 504").contains("problems/backend-timeout");
        assertThat(answers.get(1)).startsWith("HTTP/1.1 504").contains("problems/backend-timeout");
        assertThat(answers.get(2)).startsWith("HTTP/1.1 503").contains("problems/no-backend");
        await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
      }
    } finally {
      for (var socket : taken) {
        socket.close();
      }
    }
  }

  private static String upload(RunningRuntime runtime) throws Exception {
    try (var socket =
        runtime.begin("acme", "POST /api/thing", "Content-Length: " + SIZE, "Connection: close")) {
      socket.setSoTimeout(10_000);
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  var part = new byte[1 << 16];
                  for (int sent = 0; sent < SIZE; sent += part.length) {
                    socket.getOutputStream().write(part);
                  }
                } catch (IOException e) {
                  // it was answered before all was sent
                }
              });
      var answer = new StringBuilder();
      var buffer = new byte[4096];
      try {
        for (int n; (n = socket.getInputStream().read(buffer)) >= 0; ) {
          answer.append(new String(buffer, 0, n, StandardCharsets.US_ASCII));
        }
      } catch (SocketException e) {
        // closed while the rest of the body was on its way
      }
      return answer.toString();
    }
  }
}

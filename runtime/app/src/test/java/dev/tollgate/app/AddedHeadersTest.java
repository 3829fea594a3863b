package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers that a route adds for its backend, their values in Secrets. */
@NullUnmarked
class AddedHeadersTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    var header = "headers: [{name: X-Api-Key, valueSecretRef: {name: hidden-name, key: token}}]";
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route(
                "api",
                List.of(backend.backend("one", "", header)),
                "circuitBreaker: {failurePercent: 50, minimumCalls: 1, window: 60s}"),
            Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void nothingIsSentWithoutAHeaderWhoseSecretIsMissing() throws Exception {
    for (int i = 0; i < 3; i++) {
      var answer = runtime.get("acme", "/api/thing");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body())
          .contains("problems/no-header-value", "X-Api-Key")
          .doesNotContain("hidden-name");
    }
    try (var socket =
        runtime.begin("acme", "GET /api/ws", "Connection: Upgrade", "Upgrade: websocket")) {
      socket.setSoTimeout(10_000);
      assertThat(new String(socket.getInputStream().readNBytes(12))).isEqualTo("HTTP/1.1 503");
    }
    assertThat(backend.calls).hasValue(0);
    var secret = manifests.resolve("secret.yaml");
    Files.createFile(
        secret, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        secret,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: hidden-name, labels: {tollgate.dev/use: upstream}}
        stringData: {token: secret}
        """);
    await(() -> status("/api/thing") == 200);
  }

  /** A backend that honours it would show the caller what was added. */
  @Test
  void traceIsNotPassedOn() throws Exception {
    var trace = runtime.request("acme", "/api/thing").method("TRACE", BodyPublishers.noBody());
    var answer = runtime.send(trace);
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.body()).contains("problems/method-not-allowed");
    assertThat(answer.headers().firstValue("Allow"))
        .hasValueSatisfying(allowed -> assertThat(allowed).contains("GET").doesNotContain("TRACE"));
    assertThat(backend.calls).hasValue(0);
  }

  private int status(String path) {
    try {
      return runtime.get("acme", path).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

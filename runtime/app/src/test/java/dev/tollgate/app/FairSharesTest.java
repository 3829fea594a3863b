package dev.tollgate.app;

import static dev.tollgate.app.Manifests.modelRoute;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a tenant can take of a gateway beside the products that it buys: memory, and calls of its
 * own API.
 */
@NullUnmarked
class FairSharesTest {

  private static final int LARGE = 200_000;

  @TempDir Path manifests;
  @TempDir Path data;
  private final List<Socket> sockets = new ArrayList<>();
  private ModelBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            modelRoute("chat", "llama3", backend.port(), ""),
            Map.of(
                "tollgate.models.held-request-bytes",
                4 * LARGE,
                "tollgate.own-api.requests-per-second",
                5));
  }

  @AfterEach
  void stop() throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
    runtime.close();
    backend.close();
  }

  private static String chat(int length) {
    return "{\"model\":\"llama3\",\"messages\":[{\"role\":\"user\",\"content\":\""
        + "x".repeat(length)
        + "\"}]}";
  }

  private HttpResponse<String> ask(String tenant, int length) throws Exception {
    return runtime.send(
        runtime
            .request(tenant, "/v1/chat/completions")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(chat(length))));
  }

  /** Sends most of a body, and then waits. */
  private void hold(String tenant) throws IOException {
    var body = chat(LARGE);
    var socket =
        runtime.begin(tenant, "POST /v1/chat/completions", "Content-Length: " + body.length());
    sockets.add(socket);
    socket
        .getOutputStream()
        .write(body.substring(0, LARGE - 10).getBytes(StandardCharsets.US_ASCII));
  }

  private void awaitHeld(long least, long most) throws InterruptedException {
    await(() -> {
      var held = runtime.metric("tollgate_models_held_bytes");
      var bytes = held.isEmpty() ? -1 : (long) Double.parseDouble(held);
      return bytes >= least && bytes <= most;
    });
  }

  @Test
  void aTenantThatHoldsItsShareIsToldSoAndOthersAreServed() throws Exception {
    hold("acme");
    hold("acme");
    awaitHeld(3 * LARGE / 2, 2 * LARGE);

    var refused = ask("acme", LARGE);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(refused.body()).contains("hold as many bytes as they may");
    assertThat(ask("acme", 100).statusCode()).as("a small one").isEqualTo(200);
    assertThat(ask("globex", LARGE).statusCode()).isEqualTo(200);

    for (var socket : sockets) {
      socket.close();
    }
    awaitHeld(0, 0);
    assertThat(ask("acme", LARGE).statusCode()).isEqualTo(200);
    awaitHeld(0, 0);
  }

  @Test
  void noMoreIsReadThanTheRouteOfAnyModelTakes() throws Exception {
    try (var socket =
        runtime.begin("acme", "POST /v1/chat/completions", "Content-Length: 30000000")) {
      socket.setSoTimeout(5_000);
      var answer = new byte[12];
      assertThat(socket.getInputStream().readNBytes(answer, 0, 12)).isEqualTo(12);
      assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void theTenantsOwnApiReadsAMegabyteAtMost() throws Exception {
    var answer =
        runtime.send(
            runtime
                .request("acme", "/v1/feedback")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(2 << 20))));
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"type\":\"https://tollgate.dev/problems/");
  }

  @Test
  void theTenantsOwnApiIsLimitedAlike() throws Exception {
    for (var path : List.of("/v1/usage", "/v1/models")) {
      HttpResponse<String> refused = null;
      for (int i = 0; i < 400 && refused == null; i++) {
        var answer = runtime.get("acme", path);
        refused = answer.statusCode() == 200 ? null : answer;
      }
      assertThat(refused).as(path).isNotNull();
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.body()).contains("own-api-second");
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
    }
    assertThat(runtime.get("globex", "/v1/usage").statusCode()).isEqualTo(200);
    // and again a moment later
    await(() -> runtime.usage("acme").at("/refused/rate-limited").asInt() >= 2);
  }
}

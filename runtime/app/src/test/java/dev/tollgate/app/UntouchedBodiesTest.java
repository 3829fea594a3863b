package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes through the gate is what was sent, to the byte, and is counted so. */
@NullUnmarked
class UntouchedBodiesTest {

  private static final byte[] TEXT =
      "a text that packs well ".repeat(1000).getBytes(StandardCharsets.UTF_8);

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private volatile byte[] came = {};
  private volatile String coding;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    backend.at(
        "/echo",
        (exchange, body) -> {
          came = body;
          coding = exchange.getRequestHeaders().getFirst("Content-Encoding");
          exchange.sendResponseHeaders(200, -1);
        });
    backend.at(
        "/part",
        (exchange, _) -> {
          var headers = exchange.getResponseHeaders();
          headers.add("Content-Type", "text/plain");
          headers.add("Content-Range", "bytes 0-" + (TEXT.length - 1) + "/" + 2 * TEXT.length);
          headers.add("ETag", "\"v1\"");
          exchange.sendResponseHeaders(206, TEXT.length);
          exchange.getResponseBody().write(TEXT);
        });
    backend.at(
        "/untyped",
        (exchange, _) -> {
          exchange.sendResponseHeaders(200, TEXT.length);
          exchange.getResponseBody().write(TEXT);
        });
    backend.at("/unchanged", (exchange, _) -> exchange.sendResponseHeaders(304, -1));
    backend.at("/nothing", (exchange, _) -> exchange.sendResponseHeaders(204, -1));
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            JSON_TOOL + route("api", List.of(backend.backend("one", "")), ""),
            Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void aPackedUploadStaysPacked() throws Exception {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(new byte[5_000_000]);
    }
    for (var body :
        List.of(
            packed.toByteArray(),
            Arrays.copyOf(packed.toByteArray(), 300),
            "not packed at all".getBytes(StandardCharsets.UTF_8))) {
      var answer =
          runtime.send(
              runtime
                  .request("acme", "/api/echo")
                  .header("Content-Encoding", "gzip")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(came).isEqualTo(body);
      assertThat(coding).isEqualTo("gzip");
    }
  }

  @Test
  void anAnswerIsNotPackedOnTheWay() throws Exception {
    var answer =
        runtime.client.send(
            runtime
                .request("acme", "/api/part")
                .header("Accept-Encoding", "gzip, zstd, br")
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(answer.body()).isEqualTo(TEXT);
    assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(answer.headers().firstValue("ETag")).contains("\"v1\"");
    RunningRuntime.await(() -> runtime.usage("acme").toString().contains("\"meter\":\"bytes\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"untyped", "unchanged", "nothing"})
  void noTypeIsSaidWhereTheBackendSaysNone(String path) throws Exception {
    var answer = runtime.get("acme", "/api/" + path);
    assertThat(answer.headers().firstValue("Content-Type")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/tools/json/format", "/v1/keys"})
  void whatIsReadHereMustNotBePacked(String path) throws Exception {
    var answer =
        runtime.send(
            runtime
                .request("acme", path)
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    assertThat(answer.statusCode()).isEqualTo(415);
    assertThat(answer.body()).contains("problems/content-encoding");
    assertThat(answer.headers().firstValue("Accept-Encoding")).contains("identity");
  }
}

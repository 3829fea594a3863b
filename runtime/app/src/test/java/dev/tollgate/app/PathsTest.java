package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another spelling of a path is no way past what its route asks for. */
@NullUnmarked
class PathsTest {

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
            route("files", List.of(backend.backend("one", "/files")), "")
                    .replace("{path: /files}", "{path: /files, methods: [GET]}")
                + route(
                        "secret",
                        List.of(backend.backend("one", "/s")),
                        "requires: {feature: admin}")
                    .replace("{path: /secret}", "{path: /files/secret}"),
            Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/files/%73ecret/t.txt",
        "/files//secret/t.txt",
        "/files/secret%2Ft.txt",
        "/files/secret;a=b/t.txt",
        "/files;a/secret",
        "/files%2fsecret",
        "/files/secret%5Ct.txt",
      })
  void aPathThatCanBeReadAsThatOfAnotherRouteIsRefused(String path) throws Exception {
    assertThat(runtime.get("acme", "/files/secret/t.txt").statusCode()).isEqualTo(403);
    var answer = raw("GET " + path);
    assertThat(answer).startsWith("HTTP/1.1 4").containsAnyOf("bad-path", "not-found");
    assertThat(backend.calls).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/files/a%20b",
        "/files/group%2Fproject",
        "/files/a;v=1",
        "/files//a",
        "/files/%E2%82%AC",
        "/files/model:predict?at=12:00"
      })
  void anyOtherIsPassedOnAsItIs(String path) throws Exception {
    assertThat(raw("GET " + path)).startsWith("HTTP/1.1 200").contains(path);
  }

  @Test
  void whatBrowsersSendInAQueryIsTaken() throws Exception {
    for (var query : List.of("q=a|b", "q={}", "q=a^b", "q=`")) {
      assertThat(raw("GET /files/x?" + query)).startsWith("HTTP/1.1 200");
    }
    assertThat(raw("GET /files/x?q=" + "a".repeat(10_000))).startsWith("HTTP/1.1 200");
  }

  @Test
  void whoMayGetMayAskForTheHead() throws Exception {
    assertThat(raw("HEAD /files/x")).startsWith("HTTP/1.1 200");
    assertThat(raw("DELETE /files/x")).startsWith("HTTP/1.1 405");
  }

  private String raw(String request) throws Exception {
    try (var socket = runtime.begin("acme", request, "Connection: close")) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

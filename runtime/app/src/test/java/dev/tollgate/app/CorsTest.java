package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers are told of who may call. */
@NullUnmarked
class CorsTest {

  private static final String POOL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {cors: %s}
      ---
      """;
  private static final String NAMED =
      "{allowOrigins: [\"https://app.example.com\", \"https://*.example.org\"], allowCredentials: true,"
          + " maxAge: 1h}";

  /** To scripts that know them, or need not. */
  private static final Set<String> ALWAYS_READABLE =
      Set.of("content-length", "content-type", "transfer-encoding", "vary");

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private ModelBackendServer model;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    backend.at(
        "/own",
        (exchange, _) -> {
          exchange
              .getResponseHeaders()
              .add("Access-Control-Allow-Origin", "https://backend.example");
          exchange.getResponseHeaders().add("Vary", "Accept");
          backend.answer(exchange, 200);
        });
    model = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            POOL.formatted(NAMED)
                + JSON_TOOL
                + Manifests.modelRoute("chat", "llama3", model.port(), "")
                + route("api", List.of(backend.backend("one", "")), "")
                    .replace("{path: /api}", "{path: /api, methods: [GET, PUT]}"),
            Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
    model.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/x", "/v1/tools/json/format", "/v1/chat/completions", "/v1/usage"})
  void aBrowserMayAskWithoutACredential(String path) throws Exception {
    var answer = preflight(path, "https://app.example.com");
    assertThat(answer.statusCode()).isEqualTo(204);
    var headers = answer.headers();
    assertThat(headers.firstValue("Access-Control-Allow-Origin"))
        .contains("https://app.example.com");
    assertThat(headers.firstValue("Access-Control-Allow-Methods")).contains("PUT");
    assertThat(headers.firstValue("Access-Control-Allow-Headers"))
        .contains("authorization,content-type");
    assertThat(headers.firstValue("Access-Control-Allow-Credentials")).contains("true");
    assertThat(headers.firstValue("Access-Control-Max-Age")).contains("3600");
    assertThat(headers.allValues("Vary")).contains("Origin");
    assertThat(backend.calls).hasValue(0);
    assertThat(runtime.usage("acme").toString()).doesNotContain("\"api\"");
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example.org, 204",
    "https://a.b.example.org, 204",
    "https://example.org, 403",
    "https://.example.org, 403",
    "https://evilexample.org, 403",
    "http://a.example.org, 403",
    "https://app.example.com.evil.org, 403",
    "https://app.example.com:8443, 403",
    "null, 403",
  })
  void onlyTheOriginsThatAreNamed(String origin, int status) throws Exception {
    var answer = preflight("/api/x", origin);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin").isPresent())
        .isEqualTo(status == 204);
  }

  @Test
  void everyAnswerIsReadableByTheScript() throws Exception {
    readable(runtime.request("acme", "/api/x"), 200);
    readable(runtime.request("acme", "/api/own"), 200);
    readable(runtime.request("acme", "/api/x").DELETE(), 405);
    readable(runtime.request("acme", "/v1/usage"), 200);
    readable(runtime.request("acme", "/nowhere"), 404);
    readable(json(runtime.request("acme", "/v1/tools/json/format"), "{\"a\":1}"), 200);
    readable(json(runtime.request("acme", "/v1/tools/json/format"), "{"), 422);
    var chat = "{\"model\":\"llama3\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}";
    readable(json(runtime.request("acme", "/v1/chat/completions"), chat.formatted("")), 200);
    readable(
        json(runtime.request("acme", "/v1/chat/completions"), chat.formatted(",\"stream\":true")),
        200);
    readable(json(runtime.request("acme", "/v1/chat/completions"), "{\"model\":\"other\"}"), 400);
    readable(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + "/api/x")), 401);
    readable(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + "/v1/usage")), 401);
  }

  @Test
  void thePoolSpeaksForItsBackends() throws Exception {
    var named =
        runtime.send(runtime.request("acme", "/api/own").header("Origin", "https://a.example.org"));
    assertThat(named.headers().allValues("Access-Control-Allow-Origin"))
        .containsExactly("https://a.example.org");
    assertThat(String.join(",", named.headers().allValues("Vary"))).contains("Accept", "Origin");
    var other =
        runtime.send(runtime.request("acme", "/api/own").header("Origin", "https://evil.example"));
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    var noBrowser = runtime.get("acme", "/api/own");
    assertThat(noBrowser.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://backend.example");
  }

  @Test
  void allOriginsMayCallWithoutCookies() throws Exception {
    change(POOL.formatted("{allowOrigins: [\"*\"]}"));
    RunningRuntime.await(() -> answersStar());
    var answer = runtime.send(runtime.request("acme", "/api/x").header("Origin", "null"));
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
    assertThat(answer.headers().firstValue("Access-Control-Expose-Headers")).contains("*");
    assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
  }

  @Test
  void withoutRulesNothingIsSaid() throws Exception {
    change("");
    RunningRuntime.await(() -> {
      try {
        return preflight("/v1/tools/json/format", "https://app.example.com").statusCode() == 401;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    var answer =
        runtime.send(runtime.request("acme", "/api/own").header("Origin", "https://a.example.org"));
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://backend.example");
  }

  private void change(String pool) throws Exception {
    var file = manifests.resolve("routes.yaml");
    var text = Files.readString(file);
    Files.writeString(file, text.replace(POOL.formatted(NAMED), pool));
  }

  private boolean answersStar() {
    try {
      return preflight("/api/x", "null")
          .headers()
          .firstValue("Access-Control-Allow-Origin")
          .orElse("")
          .equals("*");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void readable(HttpRequest.Builder request, int status) throws Exception {
    var answer = runtime.send(request.header("Origin", "https://app.example.com"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    var headers = answer.headers();
    assertThat(headers.allValues("Access-Control-Allow-Origin"))
        .as(answer.uri() + " " + status)
        .containsExactly("https://app.example.com");
    assertThat(headers.allValues("Access-Control-Allow-Credentials")).containsExactly("true");
    assertThat(headers.allValues("Vary")).containsOnlyOnce("Origin");
    var exposed = headers.firstValue("Access-Control-Expose-Headers").orElse("");
    assertThat(headers.map().keySet())
        .filteredOn(name -> !name.startsWith("access-control-") && !ALWAYS_READABLE.contains(name))
        .isSubsetOf(exposed.toLowerCase(Locale.ROOT).split(", "));
  }

  private static HttpRequest.Builder json(HttpRequest.Builder request, String body) {
    return request
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpResponse<String> preflight(String path, String origin) throws Exception {
    return runtime.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path))
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "PUT")
            .header("Access-Control-Request-Headers", "authorization,content-type"));
  }
}

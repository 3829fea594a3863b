package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.app.wiring.FirstKeys;
import dev.tollgate.core.FreePort;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole runtime over a directory of manifests, with a real backend, as its users use it. */
@NullUnmarked
class RuntimeTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path manifests;
  @TempDir Path data;
  private ApplicationContext context;
  private String url = "";
  private ApiBackendServer backend;
  private final Map<String, String> seen = new ConcurrentHashMap<>();
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    backend =
        new ApiBackendServer((exchange, body) -> {
          exchange.getRequestHeaders().forEach((k, v) -> seen.put(k, v.getFirst()));
          var path = exchange.getRequestURI().toString();
          if (path.startsWith("/slow")) {
            Thread.sleep(3000);
          }
          var answer =
              path.startsWith("/echo") ? body : ("at " + path).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Connection", "X-Hop");
          exchange.getResponseHeaders().add("X-Hop", "1");
          exchange.sendResponseHeaders(path.startsWith("/bad") ? 503 : 200, answer.length);
          exchange.getResponseBody().write(answer);
        });
    for (var file : new String[] {"plans.yaml", "routes.yaml", "tenants.yaml"}) {
      Files.copy(Path.of("../../samples/quickstart", file), manifests.resolve(file));
    }
    Files.writeString(
        manifests.resolve("backend.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: api}
        spec:
          match: {path: /v1/api}
          backends:
          - name: one
            url: http://127.0.0.1:%d
            headers: [{name: X-Api-Key, valueSecretRef: {name: upstream, key: token}}]
          timeouts: {request: 1s}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: gone}
        spec:
          match: {path: /v1/gone, methods: [GET]}
          backends: [{name: one, url: "http://127.0.0.1:1"}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: again}
        spec:
          match: {path: /v1/again}
          backends: [{name: one, url: "http://127.0.0.1:1"}]
          retry: {attempts: 2, reasons: [ConnectFailure]}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: history}
        spec:
          match: {path: /v1/sold}
          requires: {feature: json-history}
          backends: [{name: one, url: "http://127.0.0.1:%d"}]
        """
            .formatted(backend.port(), backend.port()));
    var secret = manifests.resolve("secret.yaml");
    Files.writeString(
        secret,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: upstream, labels: {tollgate.dev/use: upstream}}
        stringData: {token: s3cr3t-upstream}
        """);
    Files.setPosixFilePermissions(
        secret, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    up();
  }

  private void up() throws IOException {
    var management = FreePort.find();
    context =
        ApplicationContext.builder()
            .properties(
                Map.of(
                    "tollgate.data", data.toString(),
                    "tollgate.directory", manifests.toString(),
                    "micronaut.server.port", "-1",
                    "endpoints.all.port", String.valueOf(management)))
            .start();
    var server = context.getBean(EmbeddedServer.class).start();
    url = "http://localhost:" + server.getPort();
  }

  @AfterEach
  void stop() {
    context.close();
    backend.close();
    client.close();
  }

  @Test
  void aRequestReachesTheBackendAndItsAnswerComesBack() throws Exception {
    var answer = get("/v1/api/today?q=1", key("acme"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("at /today?q=1");
  }

  @Test
  void bodiesOfAMegabyteAreStreamedBothWaysUnchanged() throws Exception {
    var body = new byte[1 << 20];
    new Random(1).nextBytes(body);
    var answer =
        client.send(
            request("/v1/api/echo", key("acme"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.body()).isEqualTo(body);
  }

  @Test
  void theCallersCredentialStaysAndTheUpstreamsIsAddedAndNotEchoed() throws Exception {
    var answer = get("/v1/api/x", key("acme"));
    assertThat(seen.get("X-api-key")).isEqualTo("s3cr3t-upstream");
    assertThat(seen).doesNotContainKey("Authorization");
    assertThat(seen.get("Forwarded")).contains("for=127.0.0.1");
    assertThat(answer.headers().map().toString()).doesNotContain("s3cr3t-upstream");
    assertThat(answer.headers().firstValue("X-Hop")).isEmpty();
  }

  @Test
  void withoutAKeyOrWithABadOneTheAnswerIs401AndSaysWhy() throws Exception {
    assertThat(get("/v1/api/x", null).statusCode()).isEqualTo(401);
    var key = key("acme");
    var last = key.endsWith("x") ? "y" : "x";
    var mistyped = get("/v1/api/x", key.substring(0, 45) + last);
    assertThat(mistyped.statusCode()).isEqualTo(401);
    assertThat(mistyped.body()).contains("checksum");
    assertThat(mistyped.headers().firstValue("WWW-Authenticate").orElse(""))
        .contains("invalid_token");
    assertThat(get("/v1/api/x", "eyJhbGciOiJub25lIn0.e30.").statusCode()).isEqualTo(401);
  }

  @Test
  void oneTenantsLimitDoesNotTouchTheOther() throws Exception {
    var refused = 0;
    for (int i = 0; i < 20; i++) {
      if (get("/v1/api/x", key("globex")).statusCode() == 429) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 10);
    assertThat(get("/v1/api/x", key("acme")).statusCode()).isEqualTo(200);
  }

  @Test
  void aFeatureThatIsNotInThePlanIs403AndNamesThePlanThatHasIt() throws Exception {
    var answer = get("/v1/sold/x", key("globex"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(JSON.readTree(answer.body()).path("plans").toString()).isEqualTo("[\"basic\"]");
    assertThat(get("/v1/sold/x", key("acme")).statusCode()).isEqualTo(200);
  }

  @Test
  void aBackendThatIsNotThereIs502AndASlowOne504() throws Exception {
    assertThat(get("/v1/gone", key("acme")).statusCode()).isEqualTo(502);
    var slow = get("/v1/api/slow", key("acme"));
    assertThat(slow.statusCode()).isEqualTo(504);
    assertThat(slow.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void retriesEndAfterTheAttemptsThatTheRouteAllows() {
    assertThat(get("/v1/again", key("acme")).statusCode()).isEqualTo(502);
  }

  @Test
  void theWrongMethodIs405WithAllow() throws Exception {
    var answer =
        client.send(
            request("/v1/gone", key("acme")).POST(HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET");
  }

  @Test
  void everyAdmittedRequestIsInTheLedgerOnceHoweverItEnded() throws Exception {
    for (int i = 0; i < 7; i++) {
      get("/v1/api/x", key("acme"));
    }
    get("/v1/gone", key("acme"));
    get("/v1/api/bad", key("acme"));
    await(() -> used("acme") == 9);
    Thread.sleep(500);
    assertThat(used("acme")).isEqualTo(9);
    assertThat(used("globex")).isZero();
  }

  @Test
  void refusalsAreCountedExactlyAndNotBilled() throws Exception {
    var refused = 0;
    for (int i = 0; i < 25; i++) {
      if (get("/v1/api/x", key("globex")).statusCode() == 429) {
        refused++;
      }
    }
    var expected = refused;
    Thread.sleep(1500);
    var usage = usage("globex");
    assertThat(usage.path("refused").path("rate-limited").asInt()).isEqualTo(expected);
    assertThat(usage.path("total").path("requests").asInt()).isEqualTo(25 - expected);
  }

  @Test
  void usageAndKeysSurviveARestart() throws Exception {
    var key = key("acme");
    get("/v1/api/x", key);
    await(() -> used("acme") == 1);
    context.close();
    up();
    assertThat(get("/v1/api/x", key).statusCode()).isEqualTo(200);
    await(() -> used("acme") == 2);
  }

  @Test
  void aKeyIsMadeUsedAndRevoked() throws Exception {
    var made =
        client.send(
            request("/v1/keys", key("acme"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"label\":\"laptop\"}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(made.statusCode()).isEqualTo(201);
    var second = JSON.readTree(made.body());
    assertThat(get("/v1/api/x", second.path("key").asText()).statusCode()).isEqualTo(200);
    client.send(
        request("/v1/keys/" + second.path("id").asText(), key("acme")).DELETE().build(),
        HttpResponse.BodyHandlers.discarding());
    await(() -> get("/v1/api/x", second.path("key").asText()).statusCode() == 401);
  }

  @Test
  void aChangeIsServedWithinASecondAndAWrongFileTakesNothingDown() throws Exception {
    Files.writeString(
        manifests.resolve("new.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: new}
        spec:
          match: {path: /v1/new}
          backends: [{name: one, url: "http://127.0.0.1:%d"}]
        """
            .formatted(backend.port()));
    await(() -> get("/v1/new/x", key("acme")).statusCode() == 200);
    Files.writeString(manifests.resolve("new.yaml"), "kind: ApiRoute\nspec: {match: [}\n");
    Thread.sleep(1200);
    assertThat(get("/v1/new/x", key("acme")).statusCode()).isEqualTo(200);
    assertThat(get("/v1/api/x", key("acme")).statusCode()).isEqualTo(200);
  }

  @Test
  void theJsonToolFormatsAndNamesThePlaceOfAnError() throws Exception {
    assertThat(post("/v1/tools/json/minify", key("acme"), "{ \"a\" : 1 }").body())
        .isEqualTo("{\"a\":1}");
    var wrong = JSON.readTree(post("/v1/tools/json/validate", key("acme"), "{\"a\":[1,2,}").body());
    assertThat(wrong.path("error").path("column").asInt()).isEqualTo(11);
    assertThat(wrong.path("error").path("pointer").asText()).isEqualTo("/a/2");
  }

  private HttpResponse<String> get(String path, String key) {
    try {
      return client.send(request(path, key).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> post(String path, String key, String body) throws Exception {
    return client.send(
        request(path, key).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path, String key) {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(20));
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  private String key(String tenant) {
    return context.getBean(FirstKeys.class).all().get(tenant);
  }

  private JsonNode usage(String tenant) {
    try {
      return JSON.readTree(get("/v1/usage", key(tenant)).body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private long used(String tenant) {
    return usage(tenant).path("total").path("requests").asLong();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("not within five seconds");
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.HELLO;
import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.modelRoute;
import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key needs for what costs money. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScopesTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SAY = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

  private ApiBackendServer backend;
  private ModelBackendServer models;
  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    backend = new ApiBackendServer();
    models = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("open", backend.port(), "")
                + route("orders", backend.port(), "requires: {scope: \"orders:read\"}")
                + JSON_TOOL
                + modelRoute("chat", "llama3", models.port(), "")
                + modelRoute("special", "special", models.port(), "requires: {scope: special}")
                + HELLO,
            Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    models.close();
    backend.close();
  }

  /** A key of acme with these scopes, which are apart by spaces. */
  private String key(String scopes) throws Exception {
    return key("acme", scopes);
  }

  private String key(String tenant, String scopes) throws Exception {
    var wanted = JSON.createObjectNode();
    var list = wanted.putArray("scopes");
    for (var scope : scopes.split(" ", -1)) {
      list.add(scope);
    }
    return JSON.readTree(post(runtime.key(tenant), "/v1/keys", wanted.toString()).body())
        .path("key")
        .asText();
  }

  private HttpRequest.Builder request(String key, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path))
        .header("Authorization", "Bearer " + key);
  }

  private HttpResponse<String> post(String key, String path, String body) throws Exception {
    return runtime.send(
        request(key, path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private static JsonNode refused(HttpResponse<String> answer) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    return JSON.readTree(answer.body());
  }

  @ParameterizedTest
  @CsvSource({
    "usage:read, /open/x, apis:use",
    "models:use, /open/x, apis:use",
    "usage:read, /v1/tools/json/minify, apis:use",
    "apis:use, /orders/x, orders:read",
    "apis:use, /open/x,",
    "apis:use, /v1/tools/json/minify,",
    "orders:read, /orders/x,",
    "*, /open/x,",
    "*, /orders/x,"
  })
  void anApiNeedsItsOwnScopeOrThatOfApis(String scopes, String path, String missing)
      throws Exception {
    var answer = post(key(scopes), path, "1");
    if (missing == null) {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return;
    }
    var problem = refused(answer);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(problem.path("type").asText()).endsWith("/missing-scope");
    assertThat(problem.path("scope").asText()).isEqualTo(missing);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, /error/code, permission_denied",
    "/v1/messages, /error/type, permission_error",
    "/v1/messages/count_tokens, /error/type, permission_error",
    "/api/chat, /error, 'The key or token lacks the scope models:use; make one that has it.'"
  })
  void aModelNeedsTheScopeOfModels(String path, String pointer, String said) throws Exception {
    var most = path.startsWith("/api/") ? "" : "\"max_tokens\":5,";
    var body = "{\"model\":\"llama3\",\"stream\":false," + most + SAY + "}";
    for (var scopes : new String[] {"usage:read", "apis:use", "prompts:use"}) {
      var error = refused(post(key(scopes), path, body));
      assertThat(error.at(pointer).asText()).isEqualTo(said);
      assertThat(error.toString()).contains("models:use");
    }
    var answer = post(key("models:use"), path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void listsHaveTheModelsThatTheKeyOpens() throws Exception {
    var other = key("usage:read");
    var key = key("models:use");
    for (var path : new String[] {"/v1/models", "/v1/models/llama3", "/api/tags", "/api/version"}) {
      refused(runtime.send(request(other, path)));
      assertThat(runtime.send(request(key, path)).statusCode()).isEqualTo(200);
    }
    assertThat(listed("models:use")).containsExactly("llama3");
    assertThat(listed("special")).containsExactly("special");
    assertThat(listed("*")).containsExactly("llama3", "special");
  }

  @Test
  void aModelIsShownToWhomeverItIsOpenTo() throws Exception {
    var asked = "{\"model\":\"llama3\"}";
    var key = key("models:use");
    refused(post(key("usage:read"), "/api/show", asked));
    var shown = post(key, "/api/show", asked);
    assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
    assertThat(JSON.readTree(shown.body()).path("capabilities").toString()).contains("completion");
    for (var model : new String[] {"special", "nope"}) {
      var hidden = post(key, "/api/show", "{\"name\":\"" + model + "\"}");
      assertThat(hidden.statusCode()).isEqualTo(404);
      assertThat(hidden.body()).contains("'" + model + "' is not served here");
    }
    for (var body : new String[] {"{}", "[", "null", ""}) {
      assertThat(post(key, "/api/show", body).statusCode()).as(body).isEqualTo(400);
    }
  }

  private List<String> listed(String scopes) throws Exception {
    var answer = runtime.send(request(key(scopes), "/v1/models"));
    return JSON.readTree(answer.body()).path("data").findValuesAsText("id");
  }

  @Test
  void aModelWithAScopeOfItsOwnNeedsThatOne() throws Exception {
    var body = "{\"model\":\"special\"," + SAY + "}";
    assertThat(refused(post(key("models:use"), "/v1/chat/completions", body)).toString())
        .contains("the scope special");
    assertThat(post(key("special"), "/v1/chat/completions", body).statusCode()).isEqualTo(200);
  }

  @Test
  void aPromptInACallNeedsTheScopeOfPromptsToo() throws Exception {
    var run = "/v1/prompts/hello/run";
    assertThat(refused(post(key("models:use"), run, "{}")).at("/error/message").asText())
        .contains("prompts:use");
    assertThat(refused(post(key("prompts:use"), run, "{}")).at("/error/message").asText())
        .contains("models:use");
    var both = post(key("prompts:use models:use"), run, "{}");
    assertThat(both.statusCode()).as(both.body()).isEqualTo(200);
    var chat = "{\"model\":\"llama3\",\"prompt\":{\"name\":\"hello\"}}";
    assertThat(refused(post(key("models:use"), "/v1/chat/completions", chat)).toString())
        .contains("prompts:use");
    var chatted = post(key("prompts:use models:use"), "/v1/chat/completions", chat);
    assertThat(chatted.statusCode()).as(chatted.body()).isEqualTo(200);
  }

  @Test
  void theFirstPageListsWhatTheKeyOpens() throws Exception {
    assertThat(sold("usage:read")).isEmpty();
    assertThat(sold("apis:use")).containsExactly("open", "json");
    assertThat(sold("orders:read")).containsExactly("orders");
    assertThat(sold("models:use")).containsExactly("llama3");
    assertThat(sold("special")).containsExactly("special");
  }

  /** APIs and models of the first page. */
  private List<String> sold(String scopes) throws Exception {
    var page = JSON.readTree(runtime.send(request(key(scopes), "/")).body());
    var sold = new ArrayList<>(page.path("apis").findValuesAsText("name"));
    page.path("models").forEach(model -> sold.add(model.asText()));
    return sold;
  }

  @Test
  void whatIsRefusedOfWhatIsNotMeteredIsCounted() throws Exception {
    var key = key("globex", "usage:read");
    for (var path : new String[] {"/v1/models", "/v1/models/llama3", "/api/tags", "/api/version"}) {
      refused(runtime.send(request(key, path)));
    }
    refused(post(key, "/v1/messages/count_tokens", "{\"model\":\"llama3\"," + SAY + "}"));
    for (var path : new String[] {"/v1/keys", "/v1/billing", "/v1/prompts"}) {
      refused(runtime.send(request(key, path)));
    }
    refused(post(key("globex", "keys:manage"), "/v1/keys", "{\"scopes\":[\"apis:use\"]}"));
    await(() -> refusals("globex") == 9);
  }

  /** Calls of a tenant that lacked a scope. */
  private long refusals(String tenant) {
    try {
      return JSON.readTree(runtime.get(tenant, "/v1/usage").body())
          .at("/refused/missing-scope")
          .asLong();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

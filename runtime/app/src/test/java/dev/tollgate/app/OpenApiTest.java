package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.gateway.entry.Endpoint;
import io.micronaut.web.router.Router;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAPI document against the routes that there are, and against their answers. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The JSON tool; a plan with its history and one without; and a route of the former only. */
  private static final String SOLD =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: json}
      spec:
        match: {path: /v1/tools/json}
        backends: [{name: json, builtin: JsonTool}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: sold}
      spec:
        match: {path: /v1/sold, methods: [GET]}
        requires: {feature: json-history}
        backends: [{name: one, url: "http://127.0.0.1:1"}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: rich}
      spec: {displayName: Rich, features: [json-history]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: rich}
      spec: {displayName: Rich, plan: rich}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: tiny}
      spec:
        displayName: Tiny
        meters:
        - {name: requests, included: 2, overage: {mode: Block}, alertPercents: [50, 100]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: tiny}
      spec: {displayName: Tiny, plan: tiny}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: warned}
      spec: {displayName: Warned, plan: tiny}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: used}
      spec: {displayName: Used up, plan: tiny}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelRoute
      metadata: {name: chat}
      spec:
        models: [llama3]
        backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:1/v1", model: m}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: greeting}
      spec:
        versions: [{version: 1, model: llama3, messages: [{role: user, content: "Hello"}]}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: RateLimitPolicy
      metadata: {name: small}
      spec:
        targetRefs: [{group: tollgate.dev, kind: Tenant, name: globex}]
        limits: [{name: few, meter: requests, limit: 1, per: Minute, by: Tenant}]
      """;

  private RunningRuntime runtime;
  private JsonNode document;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    runtime = RunningRuntime.start(data, manifests, SOLD, Map.of());
    document = JSON.readTree(get("/openapi.json").body());
  }

  @AfterAll
  void stop() {
    runtime.close();
  }

  @Test
  void theDocumentIsValidInBothForms() throws Exception {
    var options = new ParseOptions();
    options.setResolve(true);
    for (var path : new String[] {"/openapi.json", "/openapi.yaml"}) {
      var answer = get(path);
      assertThat(answer.statusCode()).isEqualTo(200);
      var parsed = new OpenAPIV3Parser().readContents(answer.body(), null, options);
      assertThat(parsed.getMessages()).as(path).isEmpty();
      assertThat(parsed.getOpenAPI().getOpenapi()).isEqualTo("3.1.0");
      assertThat(parsed.getOpenAPI().getPaths()).hasSize(document.path("paths").size());
    }
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    for (var reference : document.findValuesAsText("$ref")) {
      assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
  }

  @Test
  void theDocumentHasTheRoutesThatThereAreAndNoOthers() {
    var described = new TreeSet<String>();
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue().properties().stream()
                .filter(operation -> !operation.getKey().equals("parameters"))
                .forEach(operation ->
                    described.add(
                        operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey())));
    var served = new TreeSet<String>();
    runtime
        .context
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> route.getPort() == null || route.getPort() != runtime.managementPort)
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .forEach(route ->
            served.add(
                route.getHttpMethodName() + " " + route.getUriMatchTemplate().toPathString()));
    assertThat(described).containsAll(served);
    assertThat(described)
        .as("the paths of models")
        .contains(
            Arrays.stream(Dialect.values()).map(d -> "POST " + d.path()).toArray(String[]::new));
    described.removeAll(served);
    var endpoints = runtime.context.getBeansOfType(Endpoint.class);
    assertThat(described)
        .allMatch(operation ->
            endpoints.stream()
                .anyMatch(e ->
                    e.serves(
                        operation.substring(operation.indexOf(' ') + 1).replaceAll("[{}]", ""))));
  }

  @Test
  void keysAnswerAsDescribed() throws Exception {
    var made = send("acme", "POST", "/v1/keys", "{\"label\":\"a\",\"scopes\":[]}");
    var id = as("post", "/v1/keys", made, 201).path("id").asText();
    var rotated = send("acme", "POST", "/v1/keys/" + id + "/rotate", "");
    as("post", "/v1/keys/{id}/rotate", rotated, 201);
    assertThat(send("acme", "DELETE", "/v1/keys/" + id, "").statusCode()).isEqualTo(204);
    as("get", "/v1/keys", runtime.get("acme", "/v1/keys"), 200);
    as("delete", "/v1/keys/{id}", send("acme", "DELETE", "/v1/keys/0123456789ab", ""), 404);
    as("post", "/v1/keys", send("acme", "POST", "/v1/keys", "{\"label\":"), 400);
    as("post", "/v1/keys", send("acme", "POST", "/v1/keys", "{\"expires\":\"soon\"}"), 422);
    as("get", "/v1/keys", get("/v1/keys"), 401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"label\":\"\\u001b[2J\"}",
        "{\"scopes\":[\"\"]}",
        "{\"scopes\":[\"a b\"]}",
        "{\"expires\":\"2001-01-01T00:00:00Z\"}"
      })
  void aKeyThatCannotBeIsRefusedAsDescribed(String wanted) throws Exception {
    as("post", "/v1/keys", send("acme", "POST", "/v1/keys", wanted), 422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "1",
        "{} {}",
        "{\"label\":",
        "{\"label\":\"a\",\"label\":\"b\"}",
        "{\"scopes\":{}}",
        "{\"scopes\":[null]}"
      })
  void aBodyThatIsNoKeyIsRefusedAsDescribed(String body) throws Exception {
    as("post", "/v1/keys", send("acme", "POST", "/v1/keys", body), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/keys",
        "/v1/keys/{id}/rotate",
        "/v1/prompts/{name}/render",
        "/v1/feedback",
        "/v1/billing/checkout",
        "/v1/billing/portal"
      })
  void aBodyOfAnotherTypeIsRefusedAsDescribed(String path) throws Exception {
    var uri = path.replace("{id}", "0123456789ab").replace("{name}", "hello");
    var answer =
        runtime.send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + uri))
                .header("Authorization", "Bearer " + runtime.key("acme"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    as("post", path, answer, 415);
  }

  /** Of JSON alone a caller need not say that it is. */
  @ParameterizedTest
  @CsvSource({"/v1/keys, 201", "/v1/prompts/greeting/render, 200", "/v1/feedback, 422"})
  void aBodyWithoutATypeIsTakenForJson(String path, int status) throws Exception {
    var body = path.equals("/v1/feedback") ? "{\"call\": \"none\", \"score\": 1}" : "{}";
    var answer = runtime.send(runtime.request("acme", path).POST(BodyPublishers.ofString(body)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "get, /v1/keys",
    "post, /v1/keys",
    "get, /v1/usage",
    "get, /v1/alerts",
    "get, /v1/prompts",
    "post, /v1/feedback",
    "get, /v1/billing",
    "get, /openapi.json",
    "get, /",
    "post, /v1/tools/json/minify"
  })
  void whatIsNotAcceptableIsAnsweredAsDescribed(String method, String path) throws Exception {
    var body = method.equals("get") ? BodyPublishers.noBody() : BodyPublishers.ofString("{}");
    var request = runtime.request("acme", path).method(method.toUpperCase(Locale.ROOT), body);
    var answer = runtime.send(request.header("Accept", "image/png"));
    as(method, path, answer, 406);
  }

  @Test
  void aKeyWithoutTheScopeIsForbiddenAsDescribed() throws Exception {
    var made = send("acme", "POST", "/v1/keys", "{\"scopes\":[\"usage:read\"]}");
    var key = JSON.readTree(made.body()).path("key").asText();
    as("get", "/v1/keys", getWith(key, "/v1/keys"), 403);
    as("get", "/v1/usage", getWith(key, "/v1/usage"), 200);
  }

  @Test
  void usageAnswersAsDescribed() throws Exception {
    send("acme", "POST", "/v1/tools/json/minify", "[1, 2]");
    RunningRuntime.await(() -> runtime.usage("acme").path("total").path("requests").asInt() > 0);
    var usage = as("get", "/v1/usage", runtime.get("acme", "/v1/usage"), 200);
    assertThat(usage.path("meters")).hasSize(4);
    assertThat(usage.path("meters").get(0).path("included").asInt()).isEqualTo(1_000_000);
    assertThat(usage.path("meters").get(1).path("used").asInt()).isPositive();
    assertThat(usage.path("meters").get(1).has("included")).isFalse();
    as("get", "/v1/usage", get("/v1/usage"), 401);
  }

  @Test
  void alertsAnswerAsDescribed() throws Exception {
    send("warned", "POST", "/v1/tools/json/minify", "[1, 2]");
    RunningRuntime.await(() -> runtime.usage("warned").at("/meters/0/alerts/0").has("at"));
    var alerts = as("get", "/v1/alerts", runtime.get("warned", "/v1/alerts"), 200);
    assertThat(alerts.at("/alerts/0/percent").asInt()).isPositive();
    assertThat(alerts.at("/alerts/0").has("delivery")).as("without a webhook").isFalse();
    as("get", "/v1/alerts", get("/v1/alerts"), 401);
  }

  @Test
  void usageTellsWhichThresholdsWereReachedAndWhen() throws Exception {
    send("tiny", "POST", "/v1/tools/json/minify", "[1, 2]");
    RunningRuntime.await(() -> runtime.usage("tiny").at("/meters/0/alerts/0").has("at"));
    var usage = as("get", "/v1/usage", runtime.get("tiny", "/v1/usage"), 200);
    assertThat(usage.at("/meters/0/alerts")).hasSize(1);
    assertThat(usage.at("/meters/0/alerts/0/percent").asInt()).isEqualTo(50);
  }

  @Test
  void anIncludedQuantityThatIsUsedUpIsAnsweredAsDescribed() throws Exception {
    var tool = "/v1/tools/json/minify";
    HttpResponse<String> answer;
    int calls = 0;
    do {
      answer = send("used", "POST", tool, "[1]");
    } while (answer.statusCode() == 200 && ++calls < 3);
    assertThat(as("post", tool, answer, 429).path("type").asText()).endsWith("/quota-exhausted");
  }

  @Test
  void theJsonToolAnswersAsDescribed() throws Exception {
    var tool = "/v1/tools/json/";
    as("post", tool + "validate", send("rich", "POST", tool + "validate", "[1]"), 200);
    as("post", tool + "validate", send("rich", "POST", tool + "validate", "[1,"), 200);
    as("post", tool + "format", send("rich", "POST", tool + "format", "[1]"), 200);
    as("post", tool + "format", send("rich", "POST", tool + "format?indent=x", "[1]"), 400);
    as("post", tool + "minify", send("rich", "POST", tool + "minify", "[1,"), 422);
    var both = "{\"left\":[1,2],\"right\":{\"a\":1}}";
    as("post", tool + "diff", send("rich", "POST", tool + "diff", both), 200);
    as("post", tool + "diff", send("rich", "POST", tool + "diff", "{\"left\":1}"), 422);
    var history = as("get", tool + "history", runtime.get("rich", tool + "history"), 200);
    assertThat(history.path("operations")).isNotEmpty();
    as("get", tool + "history", runtime.get("acme", tool + "history"), 403);
    as(
        "post",
        tool + "minify",
        runtime.send(anonymous(tool + "minify").POST(BodyPublishers.ofString("[1]"))),
        401);
  }

  @Test
  void aReachedLimitIsAnsweredAsDescribed() throws Exception {
    var tool = "/v1/tools/json/minify";
    var first = send("globex", "POST", tool, "[1]");
    as("post", tool, first, 200);
    assertThat(first.headers().firstValue("RateLimit")).isPresent();
    var second = send("globex", "POST", tool, "[1]");
    as("post", tool, second, 429);
    for (var header : new String[] {"RateLimit", "RateLimit-Policy", "Retry-After"}) {
      assertThat(second.headers().firstValue(header)).as(header).isPresent();
    }
  }

  @Test
  void aPathThatNothingIsAtIsAProblemToo() throws Exception {
    var answer = get("/v1/nothing");
    assertThat(answer.statusCode()).isEqualTo(404);
    valid("#/components/schemas/Problem", answer);
    assertThat(JSON.readTree(answer.body()).path("detail").asText()).contains("/v1/nothing");
  }

  @Test
  void theFirstPageListsWhatACallerCanUse() throws Exception {
    var open = as("get", "/", get("/"), 200);
    assertThat(open.path("apis").findValuesAsText("name")).containsExactly("json");
    assertThat(open.has("tenant")).isFalse();
    var acme = as("get", "/", runtime.get("acme", "/"), 200);
    assertThat(acme.path("apis").findValuesAsText("name")).containsExactly("json");
    var rich = as("get", "/", runtime.get("rich", "/"), 200);
    assertThat(rich.path("apis").findValuesAsText("name")).containsExactly("sold", "json");
    assertThat(rich.path("tenant").asText()).isEqualTo("rich");
    as("get", "/", getWith("tg_live_wrong", "/"), 401);
  }

  @Test
  void theFirstPageIsHtmlForBrowsersAndTakesNothingFromElsewhere() throws Exception {
    var accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    var answer = runtime.send(anonymous("/").header("Accept", accept));
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'none'; style-src 'sha256-");
    assertThat(answer.body())
        .contains("/v1/tools/json", "/v1/usage", "/v1/keys", "href=\"/openapi.json\"", "management")
        .doesNotContain("<script", "http://", "https://", "src=");
    for (var link : answer.body().split("href=\"", -1)) {
      if (link.startsWith("/")) {
        assertThat(get(link.substring(0, link.indexOf('"'))).statusCode()).isEqualTo(200);
      }
    }
  }

  /** Checks status, content type and body of an answer against an operation; gives the body. */
  private JsonNode as(String method, String path, HttpResponse<String> answer, int status)
      throws Exception {
    assertThat(answer.statusCode())
        .as("%s %s", answer.headers().map(), answer.body())
        .isEqualTo(status);
    var operation = document.path("paths").path(path).path(method);
    assertThat(operation.isMissingNode()).as("%s %s", method, path).isFalse();
    var response = resolved(operation.path("responses").path(String.valueOf(status)));
    assertThat(response.isMissingNode()).as("%s %s %d", method, path, status).isFalse();
    var type = answer.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "").strip();
    var content = response.path("content").path(type);
    assertThat(content.isMissingNode())
        .as("%s %s %d of type %s", method, path, status, type)
        .isFalse();
    return valid(content.path("schema"), answer);
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
  }

  private void valid(String reference, HttpResponse<String> answer) throws Exception {
    valid(JSON.createObjectNode().put("$ref", reference), answer);
  }

  private JsonNode valid(JsonNode schema, HttpResponse<String> answer) throws Exception {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.path("components"));
    var body = JSON.readTree(answer.body());
    assertThat(
            SchemaRegistry.withDefaultDialect(Dialects.getDraft202012())
                .getSchema(whole)
                .validate(
                    body,
                    context ->
                        context.executionConfig(config -> config.formatAssertionsEnabled(true))))
        .as(answer.body())
        .isEmpty();
    return body;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return runtime.send(anonymous(path));
  }

  private HttpResponse<String> getWith(String key, String path) throws Exception {
    return runtime.send(anonymous(path).header("Authorization", "Bearer " + key));
  }

  private HttpRequest.Builder anonymous(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path));
  }

  private HttpResponse<String> send(String tenant, String method, String path, String body)
      throws Exception {
    return runtime.send(
        runtime
            .request(tenant, path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body)));
  }
}

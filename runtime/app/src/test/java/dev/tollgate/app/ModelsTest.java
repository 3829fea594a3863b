package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a ModelRoute does between a client and its backends, on real sockets. */
@NullUnmarked
class ModelsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path manifests;
  @TempDir Path data;
  private ModelBackendServer first;
  private ModelBackendServer second;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    first = new ModelBackendServer();
    second = new ModelBackendServer();
    var manifest =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: chat}
        spec:
          models: [llama3, alias]
          backends:
          - {name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 0}
          - {name: two, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 1}
          timeouts: {firstToken: 2s, silence: 1s, total: 10s}
          retry: {attempts: 2}
          onDisconnect: {mode: Cancel}
          price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: small}
        spec:
          displayName: Small
          price: {amount: "1.00", currency: USD, per: Month}
          meters: [{name: tokens, included: 2000, overage: {mode: Block}}]
          models: [llama3]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: tiny}
        spec: {displayName: Tiny, plan: small}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: other}
        spec:
          models: [mistral, "mistralai/small:24b"]
          backends: [{name: two, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: json}
        spec: {match: {path: /v1/tools/json}, backends: [{name: json, builtin: JsonTool}]}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: patient}
        spec: {onDisconnect: {mode: Drain, atMost: 10s}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: leaves}
        spec: {plan: patient}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: budgeted}
        spec:
          models: [budgeted]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
          timeouts: {total: 30s}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: RateLimitPolicy
        metadata: {name: budget}
        spec:
          targetRefs: [{kind: ModelRoute, name: budgeted}]
          limits: [{name: day, meter: tokens, limit: 100000, per: Day, by: Tenant}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: each}
        spec: {}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: strict}
        spec:
          models: [strict]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
          guardrails: {maxPromptTokens: 1}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: abroad}
        spec: {price: {amount: "1.00", currency: EUR, per: Month}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: abroad}
        spec: {plan: abroad}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: picky}
        spec: {plan: each}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: RateLimitPolicy
        metadata: {name: each-model}
        spec:
          targetRefs: [{kind: Plan, name: each}]
          limits: [{name: model, meter: requests, limit: 2, per: Day, by: Model}]
        """
            .formatted(first.port(), second.port(), second.port(), first.port(), first.port());
    runtime = RunningRuntime.start(data, manifests, manifest, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    first.close();
    second.close();
  }

  private HttpRequest.Builder chat(String tenant, String more) {
    return runtime
        .request(tenant, "/v1/chat/completions")
        .header("Content-Type", "application/json")
        .POST(
            BodyPublishers.ofString(
                """
                {"model":"llama3","messages":[{"role":"user","content":"Say some words."}]%s}\
                """
                    .formatted(more)));
  }

  private JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private long tokens(String tenant) {
    return runtime.usage(tenant).at("/total/tokensIn").asLong()
        + runtime.usage(tenant).at("/total/tokensOut").asLong();
  }

  @Test
  void aChatIsAnsweredAndEveryTokenIsOnTheBill() throws Exception {
    var response = runtime.send(chat("acme", ""));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(json(response).at("/choices/0/message/content").asText()).contains("word");
    assertThat(first.requests.getFirst().path("model").asText()).isEqualTo("m");
    await(() -> tokens("acme") == 12);
    // 7 * 0.15 + 5 * 0.60 USD a million tokens: 405 millionths of a cent
    assertThat(runtime.usage("acme").at("/total/cost").asLong()).isEqualTo(405);
  }

  @Test
  void aPackedRequestIsToldToComePlain() throws Exception {
    var response = runtime.send(chat("acme", "").header("Content-Encoding", "gzip"));

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(json(response).at("/error/message").asText()).contains("without Content-Encoding");
    assertThat(runtime.send(chat("acme", "").header("Content-Encoding", "identity")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aStreamComesWordByWordAndTheUsageIsHiddenFromWhoDidNotAsk() throws Exception {
    first.millisBetween = 100;
    var response =
        runtime.client.send(
            chat("acme", ",\"stream\":true").build(), HttpResponse.BodyHandlers.ofLines());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    var began = System.nanoTime();
    var events = response.body().filter(line -> !line.isBlank()).toList();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isGreaterThan(300);
    assertThat(events).hasSize(7).last().isEqualTo("data: [DONE]");
    assertThat(events).noneMatch(e -> e.contains("\"choices\":[]"));
    assertThat(first.requests.getFirst().at("/stream_options/include_usage").asBoolean()).isTrue();
    await(() -> tokens("acme") == 12);
  }

  @Test
  void everyByteOfAStreamIsCountedHoweverItComes() throws Exception {
    var length = 0L;
    for (var millis : List.of(0, 20)) {
      first.millisBetween = millis;
      for (var path : List.of("/v1/chat/completions", "/api/chat", "/v1/messages")) {
        var answer =
            runtime.client.send(
                runtime
                    .request("acme", path)
                    .header("Content-Type", "application/json")
                    .POST(
                        BodyPublishers.ofString(
                            """
                            {"model":"llama3","stream":true%s,\
                            "messages":[{"role":"user","content":"Say some words."}]}\
                            """
                                .formatted(path.endsWith("messages") ? ",\"max_tokens\":5" : "")))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
        length += answer.body().length;
      }
    }
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 6);
    assertThat(runtime.usage("acme").at("/total/bytesOut").asLong()).isEqualTo(length);
  }

  @Test
  void anotherBackendStandsInBeforeTheFirstContent() throws Exception {
    first.status = 500;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body()).contains("word");
    first.status = 200;
    first.millisBefore = 5000;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body()).contains("word");
    assertThat(second.requests).hasSize(2);
    await(() -> tokens("acme") == 24);
  }

  @Test
  void whatAModelCannotDoIsNoFailureOfItsBackend() throws Exception {
    first.status = 500;
    first.error = "{\"error\":\"this model does not support embeddings\"}";
    for (int i = 0; i < 5; i++) {
      var refused = runtime.send(chat("acme", ""));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("does not support embeddings");
    }
    assertThat(first.requests).as("asked once a call").hasSize(5);
    first.status = 200;
    assertThat(runtime.send(chat("acme", "")).statusCode()).isEqualTo(200);
    assertThat(second.requests).isEmpty();
  }

  @Test
  void afterTheFirstContentAFailureIsToldInTheStreamAndWhatCameIsBilled() throws Exception {
    first.cutAfter = 3;
    first.words = 8;
    var body = runtime.send(chat("acme", ",\"stream\":true")).body();
    assertThat(body).contains("word").contains("\"error\"").doesNotContain("[DONE]");
    assertThat(second.requests).isEmpty();
    await(() -> runtime.usage("acme").at("/total/tokensOut").asLong() >= 3);
  }

  @Test
  void whatABackendSaysOfItsOwnFailureIsNotTold() throws Exception {
    first.failsAfter = 2;
    var body = runtime.send(chat("acme", ",\"stream\":true")).body();
    assertThat(body).contains("word").contains("Backend one says that it failed");
    assertThat(body).doesNotContain("sk-of-the-backend");
  }

  @Test
  void theFeaturesOfItsProtocolThatAClientAsksForReachTheBackend() throws Exception {
    var answer =
        runtime.send(
            chat("acme", "").header("OpenAI-Beta", "one=v1").header("OpenAI-Beta", "two=v2"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(first.headers)
        .singleElement()
        .satisfies(h -> assertThat(h.get("OpenAI-Beta")).containsExactly("one=v1", "two=v2"));
  }

  @Test
  void pathsOfOllamaThatAreNotServedAnswerInItsFormat() throws Exception {
    for (var path : List.of("/api/pull", "/api/create")) {
      var answer = runtime.get("acme", path);
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(json(answer).path("error").asText()).isEqualTo("There is no " + path + " here.");
    }
  }

  @Test
  void theModelsOfAPlanAreListedWhereThingsAre() throws Exception {
    var tiny =
        json(runtime.send(runtime.request("tiny", "/").header("Accept", "application/json")));
    assertThat(JSON.convertValue(tiny.path("models"), String[].class)).containsExactly("llama3");
    assertThat(runtime.send(runtime.request("tiny", "/").header("Accept", "text/html")).body())
        .contains("<code>llama3</code>")
        .doesNotContain("mistral");
  }

  /** Begins to read a stream, and hangs up after the first words. */
  private void hangUp(String tenant) throws IOException {
    var ask =
        "{\"model\":\"llama3\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    try (var socket =
        runtime.begin(tenant, "POST /v1/chat/completions", "Content-Length: " + ask.length())) {
      socket.getOutputStream().write(ask.getBytes(StandardCharsets.UTF_8));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!lines.readLine().contains("word")) {}
    }
  }

  @Test
  void aClientThatHangsUpIsNoticedAndTheBackendCancelled() throws Exception {
    first.words = 100;
    first.millisBetween = 50;
    hangUp("acme");
    var began = System.nanoTime();
    await(() -> first.brokenOff.get() == 1);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(1000);
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 1);
    assertThat(runtime.usage("acme").at("/total/tokensOut").asLong()).isBetween(1L, 50L);
  }

  @Test
  void whoHangsUpBeforeTheAnswerPaysForThePromptThatABackendHasGot() throws Exception {
    first.millisBefore = 5000;
    for (var more : List.of("", ",\"stream\":true")) {
      var call =
          runtime.client.sendAsync(
              chat("acme", more).build(), HttpResponse.BodyHandlers.ofString());
      await(() -> !first.requests.isEmpty());
      first.requests.clear();
      call.cancel(true);
    }

    // "Say some words." has 15 bytes
    await(() -> runtime.usage("acme").at("/total/tokensIn").asLong() == 2 * 4);
    assertThat(runtime.usage("acme").at("/total/tokensOut").asLong()).isZero();
    assertThat(runtime.usage("acme").at("/total/cost").asLong()).isPositive();
  }

  @Test
  void aPlanThatDrainsGoesBeforeTheRouteThatCancels() throws Exception {
    first.words = 40;
    first.millisBetween = 50;
    hangUp("leaves");
    await(() -> runtime.usage("leaves").at("/total/tokensOut").asLong() == 40);
    assertThat(first.brokenOff).hasValue(0);
  }

  @Test
  void aLimitByModelCountsEachModelWithItsAliasesAndNoApi() throws Exception {
    assertThat(ask("picky", "llama3")).isEqualTo(200);
    assertThat(ask("picky", "alias")).isEqualTo(200);
    assertThat(ask("picky", "llama3")).isEqualTo(429);
    assertThat(ask("picky", "mistral")).isEqualTo(200);
    for (int i = 0; i < 3; i++) {
      var json =
          runtime.request("picky", "/v1/tools/json/minify").POST(BodyPublishers.ofString("1"));
      assertThat(runtime.send(json).statusCode()).isEqualTo(200);
    }
  }

  private int ask(String tenant, String model) throws Exception {
    return runtime
        .send(
            runtime
                .request(tenant, "/v1/chat/completions")
                .POST(BodyPublishers.ofString(body(model))))
        .statusCode();
  }

  private static String body(String model) {
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
        .formatted(model);
  }

  @Test
  void aThousandCallsWithoutABoundOfTheirOwnNeverOverspendABudgetOfTokens() throws Exception {
    first.words = 5000;
    first.millisBefore = 20;
    var budgeted = body("budgeted");
    var calls =
        IntStream.range(0, 1000)
            .mapToObj(i ->
                runtime.client.sendAsync(
                    runtime
                        .request("acme", "/v1/chat/completions")
                        .timeout(Duration.ofSeconds(60))
                        .POST(BodyPublishers.ofString(budgeted))
                        .build(),
                    HttpResponse.BodyHandlers.ofString()))
            .toList();
    var statuses =
        calls.stream().map(CompletableFuture::join).map(HttpResponse::statusCode).toList();
    var served = statuses.stream().filter(s -> s == 200).count();
    assertThat(served).isPositive();
    assertThat(statuses).containsOnly(200, 429);
    await(() -> tokens("acme") == served * (1024 + 7));
    assertThat(tokens("acme")).isLessThanOrEqualTo(100_000);
    assertThat(first.requests).allMatch(r -> r.path("max_tokens").asInt() == 1024);
    assertThat(runtime.send(chat("globex", "")).statusCode()).isEqualTo(200);
    assertThat(first.requests.getLast().has("max_tokens"))
        .as("where nothing depends on it, the model says how long it gets")
        .isFalse();
  }

  @Test
  void errorsAreInTheClientsProtocol() throws Exception {
    var unknown =
        runtime.send(
            runtime
                .request("acme", "/v1/chat/completions")
                .POST(BodyPublishers.ofString("{\"model\":\"nope\",\"messages\":[]}")));
    assertThat(unknown.statusCode()).isIn(400, 404);
    assertThat(json(unknown).at("/error/message").asText()).isNotEmpty();
    var anthropic =
        runtime.send(
            runtime.request("acme", "/v1/messages").POST(BodyPublishers.ofString("{\"model\":1}")));
    assertThat(anthropic.statusCode()).isEqualTo(400);
    assertThat(json(anthropic).path("type").asText()).isEqualTo("error");
    var notInPlan =
        runtime.send(
            runtime
                .request("tiny", "/v1/chat/completions")
                .POST(
                    BodyPublishers.ofString(
                        "{\"model\":\"alias\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")));
    assertThat(notInPlan.statusCode()).isEqualTo(403);
    assertThat(json(notInPlan).at("/error/message").asText()).contains("open");
  }

  @Test
  void whatIsRefusedBeforeAnythingIsReservedIsCountedToo() throws Exception {
    assertThat(ask("tiny", "alias")).isEqualTo(403);
    assertThat(ask("abroad", "llama3")).isEqualTo(403);
    var strict = body("strict").replace(":\"x\"", ":\"Say a few words.\"");
    assertThat(
            runtime
                .send(
                    runtime
                        .request("abroad", "/v1/chat/completions")
                        .POST(BodyPublishers.ofString(strict)))
                .statusCode())
        .isEqualTo(413);
    var image =
        body("strict")
            .replace(
                ":\"x\"",
                ":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\"}}]");
    assertThat(
            runtime
                .send(
                    runtime
                        .request("globex", "/v1/chat/completions")
                        .POST(BodyPublishers.ofString(image)))
                .statusCode())
        .isEqualTo(413);
    await(() -> refusals("tiny").path("model-not-in-plan").asInt() == 1);
    await(() -> refusals("abroad").path("other-currency").asInt() == 1);
    await(() -> refusals("abroad").path("prompt-too-long").asInt() == 1);
    assertThat(runtime.metrics())
        .contains("tollgate_refused_total{reason=\"model-not-in-plan\",route=\"chat\"} 1.0")
        .contains("tollgate_refused_total{reason=\"other-currency\",route=\"chat\"} 1.0")
        .contains("tollgate_refused_total{reason=\"prompt-too-long\",route=\"strict\"} 2.0");
  }

  private JsonNode refusals(String tenant) {
    return runtime.usage(tenant).path("refused");
  }

  @Test
  void aBudgetIsNeverOverspentByCallsThatRunAtOnce() throws Exception {
    first.words = 100;
    first.millisBefore = 100;
    var calls =
        IntStream.range(0, 100)
            .mapToObj(i ->
                runtime.client.sendAsync(
                    chat("tiny", ",\"max_tokens\":100").build(),
                    HttpResponse.BodyHandlers.ofString()))
            .toList();
    var statuses =
        calls.stream().map(CompletableFuture::join).map(HttpResponse::statusCode).toList();
    assertThat(statuses).contains(200, 429);
    var served = statuses.stream().filter(s -> s == 200).count();
    await(() -> tokens("tiny") == served * 107);
    assertThat(tokens("tiny")).isLessThanOrEqualTo(2000);
    var refused = runtime.send(chat("tiny", ",\"max_tokens\":2000"));
    assertThat(json(refused).at("/error/code").asText()).isEqualTo("insufficient_quota");
  }

  @Test
  void aPlanListsTheModelsThatItHas() throws Exception {
    assertThat(models("acme"))
        .containsExactly("alias", "budgeted", "llama3", "mistral", "mistralai/small:24b", "strict");
    assertThat(models("tiny")).containsExactly("llama3");
  }

  @Test
  void modelsThatABackendTakesCallsForAreRunning() throws Exception {
    var running = json(runtime.get("tiny", "/api/ps")).path("models");
    assertThat(running).hasSize(1);
    assertThat(running.at("/0/model").asText()).isEqualTo("llama3");
    assertThat(running.at("/0/size_vram").isInt()).isTrue();
    assertThat(Instant.parse(running.at("/0/expires_at").asText())).isAfter(Instant.now());

    first.close(); // of "budgeted" and "strict" it is the only one
    runtime.send(
        runtime
            .request("acme", "/v1/chat/completions")
            .POST(BodyPublishers.ofString(body("budgeted"))));
    assertThat(json(runtime.get("acme", "/api/ps")).findValuesAsText("model"))
        .contains("llama3", "mistral")
        .doesNotContain("budgeted");
  }

  @ParameterizedTest
  @CsvSource({
    "'', alias budgeted llama3 mistral mistralai/small:24b strict, false",
    "limit=2, alias budgeted, true",
    "limit=6, alias budgeted llama3 mistral mistralai/small:24b strict, false",
    "limit=2&after_id=budgeted, llama3 mistral, true",
    "limit=2&after_id=mistral, mistralai/small:24b strict, false",
    "after_id=strict, '', false",
    "limit=2&before_id=mistral, budgeted llama3, true",
    "limit=2&before_id=llama3, alias budgeted, false",
    "before_id=alias, '', false",
    "limit=1&after_id=alias&before_id=mistral, budgeted, true",
  })
  void anthropicsListHasPages(String query, String names, boolean more) throws Exception {
    var page = json(anthropicsModels(query));
    var ids = names.isEmpty() ? List.<String>of() : List.of(names.split(" "));
    assertThat(page.path("data").findValuesAsText("id")).isEqualTo(ids);
    assertThat(page.path("has_more").asBoolean()).isEqualTo(more);
    assertThat(page.path("first_id").textValue()).isEqualTo(ids.isEmpty() ? null : ids.getFirst());
    assertThat(page.path("last_id").textValue()).isEqualTo(ids.isEmpty() ? null : ids.getLast());
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=1001", "limit=x", "after_id=nope", "before_id=nope"})
  void aPageThatThereCannotBeIsRefused(String query) throws Exception {
    var refused = anthropicsModels(query);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).at("/error/type").asText()).isEqualTo("invalid_request_error");
  }

  private HttpResponse<String> anthropicsModels(String query) throws Exception {
    return runtime.send(
        runtime.request("acme", "/v1/models?" + query).header("anthropic-version", "2023-06-01"));
  }

  @Test
  void aModelIsFoundByItsNameHoweverThatIsWrittenInThePath() throws Exception {
    for (var name : List.of("mistralai%2Fsmall%3A24b", "mistralai/small:24b", "mistral")) {
      assertThat(json(runtime.get("acme", "/v1/models/" + name)).path("id").asText())
          .isIn("mistral", "mistralai/small:24b");
    }
    var missing =
        runtime.send(
            runtime
                .request("acme", "/v1/models/a%3Ab")
                .header("anthropic-version", "2023-06-01")
                .GET());
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(json(missing).at("/error/type").asText()).isEqualTo("not_found_error");
    assertThat(json(missing).at("/error/message").asText()).contains("'a:b'");
  }

  private List<String> models(String tenant) throws Exception {
    return json(runtime.get(tenant, "/v1/models")).path("data").findValuesAsText("id");
  }
}

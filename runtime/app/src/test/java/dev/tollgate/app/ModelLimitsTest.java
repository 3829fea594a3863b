package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What keeps calls to models within plans, limits and budgets. */
@NullUnmarked
class ModelLimitsTest extends ModelScenario {

  @Override
  String more() {
    return """
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
    kind: Plan
    metadata: {name: each}
    spec: {}
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
        .formatted(second.port(), first.port(), first.port());
  }

  private long tokens(String tenant) {
    return runtime.usage(tenant).at("/total/tokensIn").asLong()
        + runtime.usage(tenant).at("/total/tokensOut").asLong();
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
}

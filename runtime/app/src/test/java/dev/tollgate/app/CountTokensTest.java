package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anthropic's count_tokens costs nothing, and is for those who may call. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CountTokensTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COUNT = "/v1/messages/count_tokens";

  private ModelBackendServer models;
  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    models = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            """
            apiVersion: tollgate.dev/v1alpha1
            kind: Plan
            metadata: {name: small}
            spec: {models: [llama3]}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Tenant
            metadata: {name: tiny}
            spec: {plan: small}
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
            kind: GatewayPool
            metadata: {name: default}
            spec: {}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: GatewayPool
            metadata: {name: elsewhere}
            spec: {}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Tenant
            metadata: {name: away}
            spec: {plan: open, gatewayPool: elsewhere}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: chat}
            spec:
              models: [llama3]
              guardrails: {maxPromptTokens: 10}
              backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d/v1", model: m}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: sold}
            spec:
              models: [sold]
              price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
              backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d/v1", model: m}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: premium}
            spec:
              models: [premium]
              requires: {feature: premium}
              backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d/v1", model: m}]
            """
                .formatted(models.port()),
            Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    models.close();
  }

  private HttpResponse<String> post(String tenant, String path, String model, String text)
      throws Exception {
    return runtime.send(
        runtime
            .request(tenant, path)
            .POST(
                BodyPublishers.ofString(
                    """
                    {"model":"%s","max_tokens":5,"messages":[{"role":"user","content":"%s"}]}\
                    """
                        .formatted(model, text))));
  }

  @ParameterizedTest
  @CsvSource({
    "tiny, sold, model-not-in-plan",
    "abroad, sold, other-currency",
    "away, llama3, other-gateway",
    "acme, premium, feature-not-in-plan"
  })
  void isRefusedAsACallIs(String tenant, String model, String reason) throws Exception {
    var call = post(tenant, "/v1/messages", model, "hello");
    var count = post(tenant, COUNT, model, "hello");
    assertThat(count.statusCode()).as(count.body()).isEqualTo(403).isEqualTo(call.statusCode());
    assertThat(count.body()).isEqualTo(call.body());
    var error = JSON.readTree(count.body());
    assertThat(error.path("type").asText()).isEqualTo("error");
    assertThat(error.at("/error/type").asText()).isEqualTo("permission_error");
    await(() -> runtime.usage(tenant).path("refused").path(reason).asInt() == 2);
  }

  @Test
  void ofAModelThatIsNotThereIsNotFound() throws Exception {
    var count = post("acme", COUNT, "nope", "hello");
    assertThat(count.statusCode()).isEqualTo(404);
    assertThat(count.body()).isEqualTo(post("acme", "/v1/messages", "nope", "hello").body());
  }

  @Test
  void isAnsweredAndCostsNothingHoweverLongThePromptIs() throws Exception {
    var text = "hello ".repeat(100);
    assertThat(post("globex", "/v1/messages", "llama3", text).statusCode()).isEqualTo(413);
    var count = post("globex", COUNT, "llama3", text);
    assertThat(count.statusCode()).as(count.body()).isEqualTo(200);
    assertThat(JSON.readTree(count.body()).path("input_tokens").asInt()).isGreaterThan(10);
    await(() -> runtime.usage("globex").at("/refused/prompt-too-long").asInt() == 1);
    assertThat(runtime.usage("globex").at("/total/requests").asInt()).isZero();
  }
}

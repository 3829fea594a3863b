package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client is told of the errors of backends, and of requests that no backend can take. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackendErrorsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OVERLOADED =
      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";

  private ModelBackendServer first;
  private ModelBackendServer second;
  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    first = new ModelBackendServer();
    second = new ModelBackendServer();
    var manifest =
        Manifests.modelRoute("alone", "alone", first.port(), "retry: {attempts: 0}")
            + """
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: mixed}
            spec:
              models: [mixed]
              backends:
              - {name: one, provider: Anthropic, url: "http://127.0.0.1:%1$d", model: m, priority: 0}
              - {name: two, provider: OpenAI, url: "http://127.0.0.1:%2$d", model: m, priority: 1}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: twice}
            spec:
              models: [twice]
              backends:
              - {name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d", model: m, priority: 0}
              - {name: two, provider: OpenAI, url: "http://127.0.0.1:%2$d", model: m, priority: 1}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: calm}
            spec:
              models: [calm]
              backends:
              - {name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d", model: m, priority: 0}
              - {name: two, provider: OpenAI, url: "http://127.0.0.1:%2$d", model: m, priority: 1}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: sold}
            spec:
              models: [sold]
              price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
              backends: [{name: two, provider: OpenAI, url: "http://127.0.0.1:%2$d", model: m}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: RateLimitPolicy
            metadata: {name: budget}
            spec:
              targetRefs: [{kind: ModelRoute, name: sold}]
              limits: [{name: spend, meter: money, amount: {amount: "0.01", currency: USD}, per: Day, by: Tenant}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Plan
            metadata: {name: dollars}
            spec: {price: {amount: "1.00", currency: USD, per: Month}}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Tenant
            metadata: {name: payer}
            spec: {plan: dollars}
            """
                .formatted(first.port(), second.port());
    runtime = RunningRuntime.start(data, manifests, manifest, Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    first.close();
    second.close();
  }

  @BeforeEach
  void well() {
    for (var backend : new ModelBackendServer[] {first, second}) {
      backend.status = 200;
      backend.failsAfter = -1;
      backend.requests.clear();
    }
  }

  private HttpResponse<String> post(String tenant, String path, String model, String more)
      throws Exception {
    var body =
        "{\"model\":\""
            + model
            + "\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
            + more
            + "}";
    return runtime.send(runtime.request(tenant, path).POST(BodyPublishers.ofString(body)));
  }

  private static JsonNode error(HttpResponse<String> answer) throws Exception {
    return JSON.readTree(answer.body()).path("error");
  }

  @ParameterizedTest
  @ValueSource(ints = {529, 503})
  void anOverloadIsNotHiddenByABackendThatCannotTakeTheCall(int status) throws Exception {
    first.status = status;
    first.error = OVERLOADED;

    var answer = post("acme", "/v1/messages", "mixed", ",\"max_tokens\":5,\"top_k\":3");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(error(answer).path("type").asText()).isEqualTo("overloaded_error");
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(first.requests).hasSize(1);
    assertThat(second.requests).isEmpty();
  }

  @Test
  void aBackendThatIsOverloadedIsNotLeftOut() throws Exception {
    first.status = 529;
    first.error = OVERLOADED;
    for (int call = 0; call < 4; call++) {
      assertThat(post("acme", "/v1/chat/completions", "calm", "").statusCode()).isEqualTo(200);
    }
    assertThat(second.requests).hasSize(4);
    first.status = 200;

    assertThat(post("acme", "/v1/chat/completions", "calm", "").statusCode()).isEqualTo(200);
    assertThat(first.requests).hasSize(5);
    assertThat(second.requests).hasSize(4);
  }

  @Test
  void anOverloadInTheMidstOfAStreamIsToldAsOne() throws Exception {
    first.failsAfter = 2;
    first.failureType = "overloaded_error";

    var stream = post("acme", "/v1/messages", "alone", ",\"max_tokens\":5,\"stream\":true").body();

    assertThat(stream).contains("\"type\":\"overloaded_error\"");
    assertThat(stream).doesNotContain(ModelBackendServer.FAILURE);
  }

  @Test
  void theCodeOfARefusalReachesTheClient() throws Exception {
    first.status = 400;
    first.error =
        "{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\","
            + "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}";

    var answer = post("acme", "/v1/chat/completions", "alone", "");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(error(answer).path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error(answer).path("param").asText()).isEqualTo("messages");
    assertThat(error(answer).path("message").asText()).isEqualTo("too long");
  }

  @Test
  void whatFastApiSaysOfABodyReachesTheClient() throws Exception {
    first.status = 422;
    first.error = "{\"detail\":[{\"loc\":[\"body\",\"top_p\"],\"msg\":\"Input should be less\"}]}";

    var answer = post("acme", "/v1/chat/completions", "alone", "");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(error(answer).path("message").asText()).isEqualTo("top_p: Input should be less");
    assertThat(error(answer).path("code").isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "400|{'type':'invalid_request_error','message':'Your credit balance is too low to go on.'}",
        "429|{'type':'insufficient_quota','code':'insufficient_quota','message':'You exceeded your current quota.'}",
        "402|{'message':'Insufficient Balance'}",
      })
  void whatIsOwedToTheProviderIsNotTheTenantsToKnow(int status, String error) throws Exception {
    first.status = status;
    first.error = ("{'error':" + error + "}").replace('\'', '"');

    var alone = post("acme", "/v1/chat/completions", "alone", "");
    assertThat(alone.statusCode()).as(alone.body()).isEqualTo(502);
    assertThat(alone.body()).doesNotContainIgnoringCase("balance", "quota");
    assertThat(post("acme", "/v1/chat/completions", "twice", "").statusCode()).isEqualTo(200);
  }

  @Test
  void aRequestThatIsTooDearIsNotToBeMadeAgain() throws Exception {
    var answer = post("payer", "/v1/chat/completions", "sold", ",\"max_tokens\":100000");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
    assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
    assertThat(error(answer).path("message").asText()).contains("\"spend\" of 0.01 USD per day");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/messages/batches, /error/type, not_found_error",
    "/v1/responses/resp_1, /error/code, not_found",
    "/v1/moderations, /error/code, not_found",
  })
  void pathsThatAreNotServedAnswerAsTheirProtocolDoes(String path, String place, String word)
      throws Exception {
    var request = runtime.request("acme", path).POST(BodyPublishers.ofString("{}"));
    if (path.startsWith("/v1/messages")) {
      request.header("anthropic-version", "2023-06-01");
    }

    var answer = runtime.send(request);

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(JSON.readTree(answer.body()).at(place).asText()).isEqualTo(word);
  }
}

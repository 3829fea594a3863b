package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that have OpenAI's responses themselves, and those whose key is missing. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PassedResponsesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private ModelBackendServer backend;
  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    backend = new ModelBackendServer();
    var manifest =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: whole}
        spec:
          models: [whole]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d", model: m, responses: true}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: masked}
        spec:
          models: [masked]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d", model: m, responses: true}]
          guardrails: {mask: {kinds: [Email], responses: true}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: keyless}
        spec:
          models: [keyless]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%1$d", model: m, keySecretRef: {name: hidden-name, key: token}}]
        ---
        """
            .formatted(backend.port());
    runtime = RunningRuntime.start(data, manifests, manifest, Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    backend.close();
  }

  @BeforeEach
  void forget() {
    backend.requests.clear();
    backend.says = List.of();
  }

  private HttpResponse<String> post(String members) throws Exception {
    return post("globex", members);
  }

  private HttpResponse<String> post(String tenant, String members) throws Exception {
    var body = "{\"model\":\"whole\",\"future_member\":1," + members + "}";
    return runtime.send(
        runtime.request(tenant, "/v1/responses").POST(BodyPublishers.ofString(body)));
  }

  @Test
  void aWholeAnswerWithABuiltInToolIsPassedAndItsTokensAreCounted() throws Exception {
    backend.response =
        """
        {"id":"resp_1","object":"response","status":"completed","error":null,"model":"m","output":[\
        {"type":"web_search_call","id":"ws_1","status":"completed"},\
        {"type":"message","id":"m1","role":"assistant","content":[{"type":"output_text","text":"hi",\
        "annotations":[{"type":"url_citation","url":"https://a.example"}]}]}],\
        "usage":{"input_tokens":11,"output_tokens":3,"total_tokens":14}}\
        """;
    var before = tokens();

    var answer = post("acme", "\"input\":\"x\",\"tools\":[{\"type\":\"web_search\"}]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(backend.response);
    var asked = backend.requests.getFirst();
    assertThat(asked.path("model").asText()).isEqualTo("m");
    assertThat(asked.path("future_member").asInt()).isEqualTo(1);
    assertThat(asked.at("/tools/0/type").asText()).isEqualTo("web_search");
    await(() -> tokens() == before + 14);
  }

  @Test
  void aStreamWithABuiltInToolIsPassedAndItsTokensAreCounted() throws Exception {
    backend.response =
        """
        event: response.created
        data: {"type":"response.created","response":{"id":"resp_1","status":"in_progress","output":[]}}

        event: response.web_search_call.searching
        data: {"type":"response.web_search_call.searching","output_index":0,"item_id":"ws_1"}

        event: response.output_text.delta
        data: {"type":"response.output_text.delta","output_index":1,"item_id":"m1","delta":"hi"}

        event: response.completed
        data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","usage":\
        {"input_tokens":5,"output_tokens":2,"total_tokens":7}}}

        """;
    var before = tokens();

    var answer =
        post("acme", "\"stream\":true,\"input\":\"x\",\"tools\":[{\"type\":\"web_search\"}]");

    assertThat(answer.body()).isEqualTo(backend.response);
    await(() -> tokens() == before + 7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'input':'x','previous_response_id':'resp_1'",
        "'input':'x','conversation':{'id':'conv_1'}",
        "'input':'x','background':true",
        "'input':'x','prompt':{'id':'pmpt_1'}",
        "'input':[{'type':'item_reference','id':'msg_1'}]",
        "'input':[{'role':'user','content':[{'type':'input_file','file_id':'file-1'}]}]",
        "'input':'x','tools':[{'type':'file_search','vector_store_ids':['vs_1']}]",
        "'input':'x','tools':[{'type':'code_interpreter','container':'cntr_1'}]",
        "'input':'x','tools':[{'type':'code_interpreter','container':{'type':'auto','file_ids':['f']}}]",
        "'input':'x','tools':[{'type':'shell','environment':{'type':'container_reference','container_id':'c'}}]",
      })
  void whatTheProviderKeepsForAllTenantsIsNotReached(String members) throws Exception {
    var answer = post(members.replace('\'', '"'));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).at("/error/param").asText()).isNotEmpty();
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void aFunctionsOwnParametersMayHaveAnyName() throws Exception {
    backend.response = "{\"object\":\"response\",\"status\":\"completed\",\"output\":[]}";

    var answer =
        post(
            "\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":"
                + "{\"properties\":{\"file_id\":{\"type\":\"string\"}}}},"
                + "{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}]");

    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void anAnswerThatIsMaskedIsTranslated() throws Exception {
    backend.says = List.of("write to ", "jo@example.com");

    var answer =
        runtime.send(
            runtime
                .request("globex", "/v1/responses")
                .POST(BodyPublishers.ofString("{\"model\":\"masked\",\"input\":\"x\"}")));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).doesNotContain("jo@example.com");
    assertThat(backend.requests.getFirst().has("messages")).isTrue();
  }

  @Test
  void nothingIsSentWithoutAKeyWhoseSecretIsMissing() throws Exception {
    var answer =
        runtime.send(
            runtime
                .request("acme", "/v1/chat/completions")
                .POST(
                    BodyPublishers.ofString(
                        "{\"model\":\"keyless\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("no value").doesNotContain("hidden-name");
    assertThat(backend.requests).isEmpty();
  }

  private long tokens() {
    var total = runtime.usage("acme").path("total");
    return total.path("tokensIn").asLong() + total.path("tokensOut").asLong();
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.modelRoute;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prompts that stand for messages, and experiments that choose among their versions. */
@NullUnmarked
class PromptedModelsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A prompt of two versions, and an experiment with them. */
  private static final String PROMPT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: sql-fixer}
      spec:
        versions:
        - version: 1
          model: llama3
          messages:
          - {role: user, content: "Fix: {{ query }}"}
          variables: {type: object, required: [query], properties: {query: {type: string}}}
        - version: 2
          model: llama3
          parameters: {temperature: 0.2}
          messages:
          - {role: system, content: "Answer in a {{ tone }} style."}
          - {role: user, content: "{{ query }}"}
          variables: {type: object, required: [query], properties: {tone: {type: string, default: concise}, query: {type: string}}}
        - version: 3
          model: llama3
          parameters: {temperature: 1.2, seed: 7, max_completion_tokens: 3}
          messages:
          - {role: user, content: "{{ query }}"}
          variables: {type: object, required: [query], properties: {query: {type: string}}}
        labels: [{name: production, version: 2}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Experiment
      metadata: {name: pax-2024-q3}
      spec:
        prompt: sql-fixer
        variants: [{name: control, version: 1, weight: 50}, {name: treatment-a, version: 2, weight: 50}]
        stickyBy: User
      """;

  @TempDir Path manifests;
  @TempDir Path data;
  private ModelBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ModelBackendServer();
    var manifest = modelRoute("chat", "llama3", backend.port(), "") + PROMPT;
    runtime = RunningRuntime.start(data, manifests, manifest, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return runtime.send(
        runtime
            .request("acme", path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  @Test
  void aChatMayNameAPromptInPlaceOfMessages() throws Exception {
    var answer =
        post(
            "/v1/chat/completions",
            """
            {"model":"llama3","prompt":{"name":"sql-fixer","label":"production","variables":{"query":"SELEC {{ 1 }}"}}}\
            """);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var sent = backend.requests.getFirst();
    assertThat(sent.at("/messages/0/content").asText()).isEqualTo("Answer in a concise style.");
    // a value is never rendered again
    assertThat(sent.at("/messages/1/content").asText()).isEqualTo("SELEC {{ 1 }}");
    assertThat(sent.path("temperature").asDouble()).isEqualTo(0.2);
    assertThat(sent.has("prompt")).isFalse();
    assertThat(answer.headers().firstValue("X-Tollgate-Prompt")).hasValue("sql-fixer@2");
  }

  @Test
  void aPromptIsRunByItsName() throws Exception {
    var answer =
        post(
            "/v1/prompts/sql-fixer/run",
            "{\"version\":1,\"variables\":{\"query\":\"a\"},\"max_tokens\":9}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(backend.requests.getFirst().at("/messages/0/content").asText()).isEqualTo("Fix: a");
    assertThat(backend.requests.getFirst().path("max_tokens").asInt()).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/v1/chat/completions | | 3 | 1.2",
        "/v1/chat/completions | ,'max_tokens':2 | 2 | 1.2",
        "/v1/chat/completions | ,'max_tokens':9,'temperature':0.5 | 3 | 0.5",
        "/api/chat | ,'stream':false | 3 | 1.2",
        "/api/chat | ,'stream':false,'options':{'num_predict':2,'temperature':0.5} | 2 | 0.5",
        "/v1/messages | ,'max_tokens':9 | 3 | 0",
        "/v1/messages | ,'max_tokens':2,'temperature':0.5 | 2 | 0.5",
      })
  void parametersOfAPromptAreInTheWordsOfTheCall(
      String path, @Nullable String more, int most, double temperature) throws Exception {
    var call =
        "{'model':'llama3','prompt':{'name':'sql-fixer','version':3,'variables':{'query':'a'}}"
            + (more == null ? "" : more)
            + "}";
    var answer = post(path, call.replace('\'', '"'));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var sent = backend.requests.getFirst();
    assertThat(sent.path("max_tokens").asInt()).as(sent.toString()).isEqualTo(most);
    assertThat(sent.has("max_completion_tokens")).isFalse();
    assertThat(sent.path("temperature").asDouble()).isEqualTo(temperature);
  }

  @Test
  void aPromptThatIsNotThereIsNotAMissingModel() throws Exception {
    var answer =
        post("/v1/chat/completions", "{\"model\":\"llama3\",\"prompt\":{\"name\":\"nope\"}}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
    assertThat(JSON.readTree(answer.body()).at("/error/code").asText())
        .isEqualTo("prompt_not_found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'versoin':1 | 400 | prompt.versoin",
        "'experiment':'pax-2024-q3','version':1 | 400 | prompt.experiment",
        "'experiment':'nope' | 404 | prompt_not_found",
        "'experiment':'pax-2024-q3','variables':{} | 422 | prompt_variables",
      })
  void whatAChatSaysOfItsPromptIsReadToTheLetter(String more, int status, String told)
      throws Exception {
    var variables = more.contains("variables") ? "" : ",'variables':{'query':'a'}";
    var call = "{'model':'llama3','prompt':{'name':'sql-fixer'," + more + variables + "}}";
    var answer = post("/v1/chat/completions", call.replace('\'', '"'));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    var error = JSON.readTree(answer.body()).path("error");
    assertThat(error.path(status == 400 ? "param" : "code").asText()).isEqualTo(told);
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void aChatMayNameTheExperimentThatItTakesPartIn() throws Exception {
    var answer =
        post(
            "/v1/chat/completions",
            """
            {"model":"llama3","prompt":{"name":"sql-fixer","experiment":"pax-2024-q3","variables":{"query":"a"}}}\
            """);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-Tollgate-Experiment")).hasValue("pax-2024-q3");
  }

  @Test
  void thePromptIsCountedWithTheMessagesOfACall() throws Exception {
    var alone = "{\"model\":\"llama3\",\"messages\":[{\"role\":\"user\",\"content\":\"Fix: a\"}]}";
    var named =
        """
        {"model":"any","prompt":{"name":"sql-fixer","version":1,"variables":{"query":"a"}},"messages":[]}\
        """;
    var answer = post("/v1/messages/count_tokens", named);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(post("/v1/messages/count_tokens", alone).body());
    assertThat(JSON.readTree(answer.body()).path("input_tokens").asInt()).isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"variable\":{\"query\":\"a\"}} | variable",
        "{\"model\":\"llama3\",\"variables\":{\"query\":\"a\"}} | model",
        "{\"version\":\"1\",\"variables\":{\"query\":\"a\"}} | version",
        "{\"version\":1.5,\"variables\":{\"query\":\"a\"}} | version",
        "{\"label\":1,\"variables\":{\"query\":\"a\"}} | label"
      })
  void theBodyOfARunIsReadToTheLetter(String body, String param) throws Exception {
    var answer = post("/v1/prompts/sql-fixer/run", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).at("/error/param").asText()).isEqualTo(param);
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void wrongVariablesAreNamedOneByOne() throws Exception {
    var answer =
        post("/v1/prompts/sql-fixer/run", "{\"label\":\"production\",\"variables\":{\"tune\":1}}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
        .contains("query")
        .contains("tune");
    assertThat(backend.requests).isEmpty();
  }

  @Test
  void aUserStaysWithAVariantAndEachCallIsRecordedWithIt() throws Exception {
    var variants = new TreeSet<String>();
    String id = "";
    for (int user = 0; user < 20; user++) {
      var first = run("user-" + user);
      var variant = first.headers().firstValue("X-Tollgate-Variant").orElseThrow();
      assertThat(run("user-" + user).headers().firstValue("X-Tollgate-Variant")).hasValue(variant);
      variants.add(variant);
      id = first.headers().firstValue("X-Tollgate-Request-Id").orElseThrow();
    }
    assertThat(variants).containsExactly("control", "treatment-a");
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 40);
    var feedback = post("/v1/feedback", "{\"call\":\"" + id + "\",\"score\":0.5}");
    assertThat(feedback.statusCode()).as(feedback.body()).isBetween(200, 299);
    assertThat(managed("/tollgate/experiments/pax-2024-q3"))
        .contains("\"calls\":40,\"units\":20", "\"score\":{\"count\":1");
  }

  @Test
  void aVerdictIsToldWithItsReason() throws Exception {
    Files.writeString(
        manifests.resolve("guarded.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Experiment
        metadata: {name: guarded}
        spec:
          prompt: sql-fixer
          variants: [{name: control, version: 1, weight: 0}, {name: slow, version: 2, weight: 1}]
          guard: {latencyP95: 1ms, minimumCalls: 3}
        """);
    await(() -> managed("/tollgate/experiments").contains("\"guarded\""));
    for (int call = 0; call < 3; call++) {
      run("ann");
    }
    await(() ->
        managed("/tollgate/experiments")
            .contains(
                "{\"name\":\"guarded\",\"verdict\":{\"variant\":\"slow\","
                    + "\"reason\":\"the 95th percentile of the whole time of the last 3 calls is"));
    assertThat(managed("/tollgate/experiments/guarded"))
        .contains("\"decision\":\"RolledBack\"", "\"rollback\":true", "\"sampleRatioPValue\":");
  }

  private String managed(String path) {
    try {
      var uri = URI.create("http://localhost:" + runtime.managementPort + path);
      return runtime
          .client
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> run(String user) throws Exception {
    var answer =
        post(
            "/v1/prompts/sql-fixer/run",
            "{\"user\":\"" + user + "\",\"variables\":{\"query\":\"a\"}}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer;
  }
}

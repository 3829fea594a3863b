package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.wiring.AdminToken;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts, experiments and feedback, as a running runtime serves them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptsTest {

  private static final String PROMPTS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: sql-fixer}
      spec:
        displayName: SQL fixer
        versions:
        - version: 1
          model: llama3
          messages: [{role: system, content: "Answer in a {{ tone }} style."}]
          variables: {type: object, required: [query], properties: {tone: {type: string, default: concise}, query: {type: string}}}
        - version: 2
          model: llama3
          parameters: {temperature: 0.2}
          messages: [{role: system, content: "Réponds: {{ tone }}."}, {role: user, content: "{{ query }}"}]
          variables: {type: object, required: [query], properties: {tone: {type: string, default: concise}, query: {type: string}}}
        labels: [{name: production, version: 1}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: narrow}
      spec: {displayName: Narrow, meters: [{name: requests}], models: [llama3]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: initech}
      spec: {displayName: Initech, plan: narrow}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: mixed}
      spec:
        versions:
        - {version: 1, model: llama3, messages: [{role: user, content: "one"}]}
        - {version: 2, model: larger, messages: [{role: user, content: "two"}]}
        labels: [{name: production, version: 2}, {name: stable, version: 1}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: compared}
      spec:
        versions:
        - {version: 1, model: llama3, messages: [{role: user, content: "one"}]}
        - {version: 2, model: llama3, messages: [{role: user, content: "two"}]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Experiment
      metadata: {name: pax-2024-q3}
      spec:
        prompt: compared
        variants: [{name: control, version: 1, weight: 50}, {name: treatment-a, version: 2, weight: 50}]
        guard: {errorPercent: 5}
      """;

  private RunningRuntime runtime;
  private Path manifests;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path directory) throws Exception {
    manifests = directory;
    runtime = RunningRuntime.start(data, directory, PROMPTS, Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return runtime.send(
        runtime
            .request("acme", path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private String managed(String path) throws Exception {
    return managed(path, "").body();
  }

  private HttpResponse<String> managed(String path, String tag) throws Exception {
    var uri = URI.create("http://localhost:" + runtime.managementPort + path);
    var data = Path.of(runtime.context.getRequiredProperty("tollgate.data", String.class));
    return runtime.client.send(
        HttpRequest.newBuilder(uri)
            .header("If-None-Match", tag)
            .header("Authorization", "Bearer " + Files.readString(AdminToken.file(data)))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void listsPromptsWithVersionsAndLabels() throws Exception {
    assertThat(runtime.get("acme", "/v1/prompts/sql-fixer").body())
        .isEqualTo(
            "{\"name\":\"sql-fixer\",\"displayName\":\"SQL fixer\",\"usual\":1,\"versions\":[1,2],\"labels\":{\"production\":1}}");
    assertThat(runtime.get("acme", "/v1/prompts").body()).contains("\"compared\"", "\"sql-fixer\"");
  }

  @Test
  void aTenantSeesTheLabelsOfTheVersionsThatItsPlanHas() throws Exception {
    assertThat(runtime.get("initech", "/v1/prompts/mixed").body())
        .isEqualTo(
            "{\"name\":\"mixed\",\"displayName\":\"mixed\",\"versions\":[1],\"labels\":{\"stable\":1}}");
    assertThat(runtime.get("acme", "/v1/prompts/mixed").body())
        .contains("\"usual\":2,\"versions\":[1,2],\"labels\":{\"production\":2,\"stable\":1}");
  }

  @Test
  void tellsAVersionAsItWasAccepted() throws Exception {
    assertThat(runtime.get("acme", "/v1/prompts/sql-fixer/versions/2").body())
        .contains("\"promptId\":\"v2_sql_fixer\"")
        .contains("\"parameters\":{\"temperature\":0.2}")
        .contains("\"content\":\"Réponds: {{ tone }}.\"");
  }

  @Test
  void comparesTwoVersionsFieldByField() throws Exception {
    assertThat(runtime.get("acme", "/v1/prompts/sql-fixer/compare?from=1&to=2").body())
        .contains(
            "{\"field\":\"messages[0].content\",\"from\":\"Answer in a {{ tone }} style.\","
                + "\"to\":\"Réponds: {{ tone }}.\"}")
        .contains("{\"field\":\"parameters.temperature\",\"to\":\"0.2\"}");
  }

  @Test
  void rendersWithoutAModel() throws Exception {
    var answer =
        post(
            "/v1/prompts/sql-fixer/render",
            "{\"version\": 2, \"variables\": {\"query\": \"日本 <b>\", \"tone\": \"{{ x }}\"}}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("\"content\":\"Réponds: {{ x }}.\"")
        .contains("\"content\":\"日本 <b>\"")
        .contains("\"model\":\"llama3\"");
  }

  @Test
  void answersWithAProblemThatNamesTheVariables() throws Exception {
    var answer =
        post("/v1/prompts/sql-fixer/render", "{\"variables\": {\"tone\": 1, \"more\": 2}}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .isEqualTo("application/problem+json");
    assertThat(answer.body())
        .contains("\"missing\":[\"/query\"]")
        .contains("\"extra\":[\"/more\"]")
        .contains("\"wrongType\":[\"/tone\"]");
  }

  @Test
  void whatThereIsNotIs404() throws Exception {
    assertThat(runtime.get("acme", "/v1/prompts/nope").statusCode()).isEqualTo(404);
    assertThat(runtime.get("acme", "/v1/prompts/sql-fixer/versions/7").statusCode()).isEqualTo(404);
  }

  @Test
  void aRenderTakesPartInTheExperiment() throws Exception {
    assertThat(post("/v1/prompts/compared/render", "{\"user\": \"ann\"}").body())
        .contains("\"experiment\":\"pax-2024-q3\"")
        .containsPattern("\"variant\":\"(control|treatment-a)\"");
  }

  @Test
  void resultsAreForThePlatformAlone() throws Exception {
    assertThat(managed("/tollgate/experiments/pax-2024-q3"))
        .contains("\"decision\":\"Collecting\"")
        .contains("\"sampleRatioMismatch\":false");
    assertThat(runtime.get("acme", "/tollgate/experiments/pax-2024-q3").statusCode())
        .isEqualTo(404);
  }

  @Test
  void experimentsAreListedWithoutWhatNoGuardHasFound() throws Exception {
    assertThat(managed("/tollgate/experiments"))
        .isEqualTo("{\"experiments\":[{\"name\":\"pax-2024-q3\"}]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"experiments", "experiments/pax-2024-q3", "prompts", "billing"})
  void whatTheOperatorKnowsIsNotToldAgain(String what) throws Exception {
    var tag = managed("/tollgate/" + what, "").headers().firstValue("ETag").orElseThrow();

    assertThat(managed("/tollgate/" + what, tag).statusCode()).isEqualTo(304);
    assertThat(managed("/tollgate/" + what, "\"other\"").statusCode()).isEqualTo(200);
  }

  @Test
  void billingIsNotToldWhereNothingIsBilled() throws Exception {
    assertThat(managed("/tollgate/billing")).contains("\"drift\":0").doesNotContain("\"compared\"");
  }

  @Test
  void feedbackOfACallThatTheTenantDidNotMakeIs404() throws Exception {
    var call = "0".repeat(32);

    assertThat(post("/v1/feedback", "{\"call\": \"" + call + "\", \"score\": 1}").statusCode())
        .isEqualTo(404);
    assertThat(post("/v1/feedback", "{\"call\": \"x\", \"score\": 1}").statusCode()).isEqualTo(422);
    assertThat(post("/v1/feedback", "{\"call\": \"" + call + "\"}").statusCode()).isEqualTo(422);
    var words = post("/v1/feedback", "{\"call\": \"" + call + "\", \"label\": \"two words\"}");
    assertThat(words.statusCode()).isEqualTo(422);
    assertThat(words.body()).contains("label is a word of 1 to 64 characters, without spaces.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prompts/sql-fixer/render | {\"variable\":{}} | /variable",
        "prompts/sql-fixer/render | {\"variables\":\"query\"} | /variables",
        "prompts/sql-fixer/render | {\"version\":\"2\"} | /version",
        "prompts/sql-fixer/render | {\"version\":1.5} | /version",
        "prompts/sql-fixer/render | {\"version\":true} | /version",
        "prompts/sql-fixer/render | {\"label\":1} | /label",
        "feedback | {\"call\":\"0\",\"rating\":1} | /rating",
        "feedback | {\"call\":\"0\",\"score\":\"1\"} | /score",
        "feedback | {\"call\":\"0\",\"accuracy\":true} | /accuracy",
        "feedback | {\"call\":0,\"score\":1} | /call"
      })
  void aBodyIsReadToTheLetter(String path, String body, String pointer) throws Exception {
    var answer = post("/v1/" + path, body);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("\"pointer\":\"" + pointer + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compare?from=a&to=2 | from must be a whole number.",
        "compare?from=1 | to is missing.",
        "versions/x | version must be a whole number."
      })
  void whatIsWrongWithAnAddressIsSaidWithoutTheNamesOfClasses(String path, String detail)
      throws Exception {
    var answer = runtime.get("acme", "/v1/prompts/sql-fixer/" + path);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"detail\":\"" + detail + "\"");
  }

  @Test
  void withoutAKeyNothingIsTold() throws Exception {
    var uri = URI.create("http://localhost:" + runtime.port + "/v1/prompts");
    var answer =
        runtime.client.send(
            HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(401);
  }

  @Test
  void aChangedVersionIsRefusedAndTheFirstGoesOnServing() throws Exception {
    var file = manifests.resolve("changing.yaml");
    var manifest =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: PromptTemplate
        metadata: {name: changing}
        spec: {versions: [{version: 1, model: llama3, messages: [{role: user, content: "%s"}]}]}
        """;
    Files.writeString(file, manifest.formatted("first"));
    RunningRuntime.await(() -> prompts().contains("\"changing\""));
    Files.writeString(file, manifest.formatted("second"));
    RunningRuntime.await(() -> prompts().contains("VersionChanged"));

    assertThat(managed("/admin/findings"))
        .contains("PromptTemplate/changing", "VersionChanged", "give the new content a new number");
    assertThat(managed("/health")).contains("PromptTemplate/changing VersionChanged");
    assertThat(post("/v1/prompts/changing/render", "{}").body()).contains("\"first\"");
  }

  private String prompts() {
    try {
      return managed("/tollgate/prompts");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How clients learn which models there are. */
@NullUnmarked
class ModelListsTest extends ModelScenario {

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
    kind: ModelRoute
    metadata: {name: budgeted}
    spec:
      models: [budgeted]
      backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
      timeouts: {total: 30s}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: ModelRoute
    metadata: {name: strict}
    spec:
      models: [strict]
      backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
      guardrails: {maxPromptTokens: 1}
    """
        .formatted(second.port(), first.port(), first.port());
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

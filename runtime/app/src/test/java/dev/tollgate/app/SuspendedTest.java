package dev.tollgate.app;

import static dev.tollgate.app.Manifests.HELLO;
import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.modelRoute;
import static org.assertj.core.api.Assertions.assertThat;

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

/** What a suspended tenant is still answered. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SuspendedTest {

  private static final String OWES =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: owes}
      spec: {plan: open, suspended: true}
      ---
      """;

  private ModelBackendServer models;
  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    models = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            OWES + JSON_TOOL + modelRoute("chat", "llama3", models.port(), "") + HELLO,
            Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    models.close();
  }

  private HttpResponse<String> call(String tenant, String method, String path) throws Exception {
    var body =
        path.startsWith("/v1/billing")
            ? "{}"
            : """
            {"model":"llama3","max_tokens":5,"messages":[{"role":"user","content":"x"}]}\
            """;
    return runtime.send(
        runtime
            .request(tenant, path)
            .header("Content-Type", "application/json")
            .method(
                method,
                method.equals("POST") ? BodyPublishers.ofString(body) : BodyPublishers.noBody()));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/tools/json/minify",
    "POST, /v1/chat/completions",
    "POST, /v1/messages",
    "POST, /v1/messages/count_tokens",
    "GET, /v1/models",
    "GET, /v1/models/llama3",
    "GET, /api/tags",
    "POST, /api/show",
    "GET, /api/version",
    "POST, /v1/prompts/hello/run",
    "GET, /v1/prompts",
    "GET, /v1/prompts/hello",
    "POST, /v1/prompts/hello/render",
    "POST, /v1/feedback",
    "GET, /v1/keys",
    "POST, /v1/keys",
    "POST, /v1/keys/0123456789ab/rotate",
    "DELETE, /v1/keys/0123456789ab"
  })
  void isRefused(String method, String path) throws Exception {
    var answer = call("owes", method, path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    assertThat(answer.body()).contains("This account is suspended");
    assertThat(call("acme", method, path).body()).doesNotContain("suspended");
  }

  @Test
  void theFirstPageListsNothing() throws Exception {
    assertThat(call("owes", "GET", "/").body()).contains("\"apis\":[],\"models\":[]");
    assertThat(call("acme", "GET", "/").body()).contains("json", "llama3");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/usage, 200",
    "GET, /v1/alerts, 200",
    "GET, /v1/billing, 200",
    "GET, /v1/billing/invoices, 200",
    "POST, /v1/billing/checkout, 409",
    "POST, /v1/billing/portal, 409"
  })
  void isAnswered(String method, String path, int status) throws Exception {
    var answer = call("owes", method, path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).doesNotContain("suspended");
  }
}

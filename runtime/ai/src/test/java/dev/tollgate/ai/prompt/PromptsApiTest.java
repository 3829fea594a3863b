package dev.tollgate.ai.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.Given;
import dev.tollgate.ai.TestDatabases;
import dev.tollgate.ai.experiment.Experiments;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The API of prompts over HTTP; who calls is told by a filter, as the runtime's own does. */
class PromptsApiTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static EmbeddedServer server;

  @Requires(property = "prompts.test")
  @ServerFilter("/v1/**")
  static final class Caller {
    @RequestFilter
    void tell(HttpRequest<?> request) {
      request.setAttribute("tollgate.principal", Given.principal("acme"));
    }
  }

  @BeforeAll
  static void start() {
    var databases = TestDatabases.h2();
    var catalog = new PromptCatalog(new PromptStore(databases::platform, "local"));
    catalog.follow(
        Given.state(
            List.of(
                Given.prompt(
                    Map.of("production", 1),
                    Given.version(1, "Answer in a {{ tone }} style."),
                    Given.version(2, "Réponds: {{ tone }}."))),
            List.of()));
    var context =
        ApplicationContext.builder(Map.of("micronaut.server.port", -1, "prompts.test", "true"))
            .singletons(catalog, new PromptCalls(catalog, new Experiments()))
            .start();
    server = context.getBean(EmbeddedServer.class).start();
  }

  @AfterAll
  static void stop() {
    server.getApplicationContext().close();
  }

  private static HttpResponse<String> send(String path, String body)
      throws IOException, InterruptedException {
    var request =
        java.net.http.HttpRequest.newBuilder(URI.create(server.getURL() + path))
            .header("Content-Type", "application/json");
    if (!body.isEmpty()) {
      request.POST(java.net.http.HttpRequest.BodyPublishers.ofString(body));
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void listsPromptsWithVersionsAndLabels() throws Exception {
    assertThat(send("/v1/prompts", "").body())
        .isEqualTo(
            "{\"prompts\":[{\"name\":\"sql-fixer\",\"usual\":1,\"versions\":[1,2],\"labels\":{\"production\":1}}]}");
  }

  @Test
  void tellsAVersionAsItWasAccepted() throws Exception {
    assertThat(send("/v1/prompts/sql-fixer/versions/2", "").body())
        .contains("\"promptId\":\"v2_sql_fixer\"")
        .contains("\"parameters\":{\"temperature\":0.2}")
        .contains("\"content\":\"Réponds: {{ tone }}.\"");
  }

  @Test
  void comparesTwoVersionsFieldByField() throws Exception {
    assertThat(send("/v1/prompts/sql-fixer/compare?from=1&to=2", "").body())
        .isEqualTo(
            "{\"name\":\"sql-fixer\",\"from\":1,\"to\":2,\"changes\":[{\"field\":\"messages[0].content\","
                + "\"from\":\"Answer in a {{ tone }} style.\",\"to\":\"Réponds: {{ tone }}.\"}]}");
  }

  @Test
  void rendersWithoutAModel() throws Exception {
    assertThat(
            send(
                    "/v1/prompts/sql-fixer/render",
                    "{\"version\": 2, \"variables\": {\"query\": \"日本 <b>\", \"tone\": \"{{ x }}\"}}")
                .body())
        .contains("\"content\":\"Réponds: {{ x }}.\"")
        .contains("\"content\":\"日本 <b>\"")
        .contains("\"model\":\"llama3\"");
  }

  @Test
  void answersWithAProblemThatNamesTheVariables() throws Exception {
    var response =
        send("/v1/prompts/sql-fixer/render", "{\"variables\": {\"tone\": 1, \"more\": 2}}");

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .isEqualTo("application/problem+json");
    assertThat(response.body())
        .contains("\"missing\":[\"/query\"]")
        .contains("\"extra\":[\"/more\"]")
        .contains("\"wrongType\":[\"/tone\"]");
  }

  @Test
  void whatThereIsNotIs404() throws Exception {
    assertThat(send("/v1/prompts/nope", "").statusCode()).isEqualTo(404);
    assertThat(send("/v1/prompts/sql-fixer/versions/7", "").statusCode()).isEqualTo(404);
    assertThat(send("/v1/prompts/sql-fixer/compare?from=1&to=7", "").statusCode()).isEqualTo(404);
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
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

/** Guardrails and the cache of a ModelRoute, on real sockets. */
@NullUnmarked
class GuardrailsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path manifests;
  @TempDir Path data;
  private ModelBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ModelBackendServer();
    var manifest =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: guarded}
        spec:
          models: [guarded]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
          guardrails:
            deny: ["(?i)password"]
            mask: {kinds: [Email, CreditCard]}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: cached}
        spec:
          models: [cached]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
          cache: {for: 1m, hitPercent: 50}
          price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: brief}
        spec:
          models: [brief]
          backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
          timeouts: {total: 1s}
          cache: {for: 1m}
        """
            .formatted(backend.port(), backend.port(), backend.port());
    runtime = RunningRuntime.start(data, manifests, manifest, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  private HttpResponse<String> chat(String tenant, String model, String text, boolean stream)
      throws Exception {
    return runtime.send(request(tenant, model, text, stream));
  }

  private List<HttpResponse<String>> atOnce(int calls, String model) throws Exception {
    var request = request("acme", model, "hi", false).build();
    return IntStream.range(0, calls)
        .mapToObj(i -> runtime.client.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .toList();
  }

  private HttpRequest.Builder request(String tenant, String model, String text, boolean stream)
      throws IOException {
    var body =
        JSON.writeValueAsString(
            Map.of(
                "model", model,
                "stream", stream,
                "messages", List.of(Map.of("role", "user", "content", text))));
    return runtime
        .request(tenant, "/v1/chat/completions")
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static String text(String stream) throws IOException {
    var text = new StringBuilder();
    for (var line : stream.lines().filter(l -> l.startsWith("data: {")).toList()) {
      text.append(JSON.readTree(line.substring(6)).at("/choices/0/delta/content").asText(""));
    }
    return text.toString();
  }

  @Test
  void aRequestWithDeniedTextIsRefusedWithoutBeingRepeated() throws Exception {
    var refused = chat("acme", "guarded", "my PassWord is 1234", false);

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).at("/error/code").asText()).isEqualTo("guardrail_denied");
    assertThat(json(refused).at("/error/message").asText()).contains("deny[0]");
    assertThat(refused.body()).doesNotContainIgnoringCase("password");
    assertThat(backend.requests).isEmpty();
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 1);
    assertThat(runtime.metrics())
        .containsPattern("tollgate_guardrail_total\\{action=\"denied\",route=\"guarded\"\\} 1");
  }

  @Test
  void aLongRequestIsLookedAtToo() throws Exception {
    assertThat(chat("acme", "guarded", "a ".repeat(100_000) + "password", true).statusCode())
        .isEqualTo(400);
    assertThat(chat("acme", "guarded", "a ".repeat(100_000) + "a@b.org", false).statusCode())
        .isEqualTo(200);
    assertThat(backend.requests.getFirst().at("/messages/0/content").asText())
        .endsWith(" a [EMAIL]");
  }

  @Test
  void theModelDoesNotSeePersonalData() throws Exception {
    assertThat(chat("acme", "guarded", "I am jo@x.org.", true).statusCode()).isEqualTo(200);

    assertThat(backend.requests.getFirst().at("/messages/0/content").asText())
        .isEqualTo("I am [EMAIL].");
  }

  @Test
  void anAnswerIsMaskedAlsoWhereTheStreamCutsIt() throws Exception {
    backend.says =
        List.of("Ask jo", ".doe@", "exam", "ple.or", "g, or pay 4111 11", "11 1111 1111");

    var stream = chat("acme", "guarded", "hi", true);

    assertThat(text(stream.body())).isEqualTo("Ask [EMAIL], or pay [CREDIT_CARD]");
    assertThat(stream.body()).endsWith("data: [DONE]\n\n");
    var whole = chat("acme", "guarded", "hi", false);
    assertThat(json(whole).at("/choices/0/message/content").asText())
        .isEqualTo("Ask [EMAIL], or pay [CREDIT_CARD]");
  }

  @Test
  void theSameCallIsAnsweredFromTheCacheForAShareOfItsPrice() throws Exception {
    for (boolean stream : new boolean[] {true, false}) {
      var first = chat("acme", "cached", "hi", stream);
      assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
      assertThat(first.headers().firstValue("X-Tollgate-Cache")).isEmpty();
      var second = chat("acme", "cached", "hi", stream);
      assertThat(second.headers().firstValue("X-Tollgate-Cache")).hasValue("hit");
      assertThat(second.body()).isEqualTo(first.body());
      assertThat(second.headers().firstValue("Content-Type"))
          .isEqualTo(first.headers().firstValue("Content-Type"));
    }
    assertThat(backend.requests).hasSize(2);
    // 405 millionths of a cent from the model, and half of it, rounded up, from the cache
    await(() -> runtime.usage("acme").at("/total/cost").asLong() == 2 * (405 + 203));
    assertThat(runtime.usage("acme").at("/total/tokensOut").asLong()).isEqualTo(20);
    assertThat(runtime.metrics())
        .containsPattern("tollgate_model_cache_total\\{result=\"hit\",route=\"cached\"\\} 2")
        .containsPattern("tollgate_model_cache_total\\{result=\"miss\",route=\"cached\"\\} 2");
  }

  @Test
  void anAnswerIsOnlyForCallsThatAskForTheSameFeaturesInTheirHeaders() throws Exception {
    for (int i = 0; i < 2; i++) {
      for (var feature : List.of("one", "two")) {
        var answer =
            runtime.send(request("acme", "cached", "hi", false).header("OpenAI-Beta", feature));
        assertThat(answer.headers().firstValue("X-Tollgate-Cache").isPresent())
            .as(feature)
            .isEqualTo(i == 1);
      }
    }
  }

  @Test
  void aCallerMayAskForAnAnswerThatIsMadeNow() throws Exception {
    chat("acme", "cached", "hi", false);

    var fresh =
        runtime.send(request("acme", "cached", "hi", false).header("Cache-Control", "No-Cache"));
    assertThat(fresh.statusCode()).isEqualTo(200);
    assertThat(fresh.headers().firstValue("X-Tollgate-Cache")).isEmpty();
    assertThat(backend.requests).hasSize(2);
    var other = request("acme", "cached", "secret", false).header("Cache-Control", "no-store");
    assertThat(runtime.send(other).statusCode()).isEqualTo(200);
    assertThat(chat("acme", "cached", "secret", false).headers().firstValue("X-Tollgate-Cache"))
        .as("what was not to be kept")
        .isEmpty();
    assertThat(backend.requests).hasSize(4);
    assertThat(chat("acme", "cached", "hi", false).headers().firstValue("X-Tollgate-Cache"))
        .hasValue("hit");
  }

  @Test
  void ofEqualCallsThatRunAtOnceOneAsksTheModel() throws Exception {
    backend.millisBefore = 700;

    var answers = atOnce(20, "cached");

    assertThat(answers).allMatch(a -> a.statusCode() == 200);
    assertThat(answers.stream().map(HttpResponse::body).distinct()).hasSize(1);
    assertThat(backend.requests).hasSize(1);
    assertThat(answers.stream().filter(a -> a.headers().firstValue("X-Tollgate-Cache").isPresent()))
        .hasSize(19);
    await(() -> runtime.usage("acme").at("/total/cost").asLong() == 405 + 19 * 203);
    assertThat(runtime.metrics())
        .containsPattern("tollgate_model_cache_total\\{result=\"hit\",route=\"cached\"\\} 19")
        .containsPattern("tollgate_model_cache_total\\{result=\"miss\",route=\"cached\"\\} 1");
  }

  @Test
  void whenTheFirstHasNoAnswerTheNextOneAsks() throws Exception {
    backend.millisBefore = 500;
    backend.refuses.set(2);

    var statuses = atOnce(10, "cached").stream().map(HttpResponse::statusCode).sorted().toList();

    assertThat(statuses).startsWith(200, 200).endsWith(400, 400);
    assertThat(statuses.stream().filter(s -> s == 200)).hasSize(8);
    assertThat(backend.requests).hasSize(3);
    await(() -> runtime.usage("acme").at("/total/cost").asLong() == 405 + 7 * 203);
  }

  @Test
  void whoWaitsForAnotherCallKeepsItsDeadline() throws Exception {
    backend.millisBefore = 8000;
    var began = System.nanoTime();

    var answers = atOnce(10, "brief");

    assertThat(answers).allMatch(a -> a.statusCode() == 504);
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began)).isLessThan(6);
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 10);
  }

  @Test
  void anotherTenantOrAnotherLetterIsAnotherCall() throws Exception {
    chat("acme", "cached", "hi", false);
    chat("globex", "cached", "hi", false);
    chat("acme", "cached", "ho", false);

    assertThat(backend.requests).hasSize(3);
  }

  @Test
  void anAnswerThatBrokeOffIsNotKept() throws Exception {
    backend.cutAfter = 3;
    assertThat(chat("acme", "cached", "hi", true).body()).contains("\"error\"");
    backend.cutAfter = -1;
    var again = chat("acme", "cached", "hi", true);

    assertThat(again.headers().firstValue("X-Tollgate-Cache")).isEmpty();
    assertThat(again.body()).contains("[DONE]");
  }
}

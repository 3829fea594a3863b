package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What a ModelRoute does between a client and its backends, on real sockets. */
@NullUnmarked
class ModelsTest extends ModelScenario {

  @Override
  String more() {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: Plan
    metadata: {name: patient}
    spec: {onDisconnect: {mode: Drain, atMost: 10s}}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: Tenant
    metadata: {name: leaves}
    spec: {plan: patient}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: ModelRoute
    metadata: {name: narrow}
    spec:
      models: [narrow]
      backends:
      - {name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, maxConcurrent: 1}
      - {name: two, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 1}
    """
        .formatted(first.port(), second.port());
  }

  private long tokens(String tenant) {
    return runtime.usage(tenant).at("/total/tokensIn").asLong()
        + runtime.usage(tenant).at("/total/tokensOut").asLong();
  }

  @Test
  void aChatIsAnsweredAndEveryTokenIsOnTheBill() throws Exception {
    var response = runtime.send(chat("acme", ""));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(json(response).at("/choices/0/message/content").asText()).contains("word");
    assertThat(first.requests.getFirst().path("model").asText()).isEqualTo("m");
    await(() -> tokens("acme") == 12);
    // 7 * 0.15 + 5 * 0.60 USD a million tokens: 405 millionths of a cent
    assertThat(runtime.usage("acme").at("/total/cost").asLong()).isEqualTo(405);
  }

  @Test
  void aPackedRequestIsToldToComePlain() throws Exception {
    var response = runtime.send(chat("acme", "").header("Content-Encoding", "gzip"));

    assertThat(response.statusCode()).isEqualTo(415);
    assertThat(json(response).at("/error/message").asText()).contains("without Content-Encoding");
    assertThat(runtime.send(chat("acme", "").header("Content-Encoding", "identity")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aStreamComesWordByWordAndTheUsageIsHiddenFromWhoDidNotAsk() throws Exception {
    first.millisBetween = 100;
    var response =
        runtime.client.send(
            chat("acme", ",\"stream\":true").build(), HttpResponse.BodyHandlers.ofLines());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    var began = System.nanoTime();
    var events = response.body().filter(line -> !line.isBlank()).toList();
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isGreaterThan(300);
    assertThat(events).hasSize(7).last().isEqualTo("data: [DONE]");
    assertThat(events).noneMatch(e -> e.contains("\"choices\":[]"));
    assertThat(first.requests.getFirst().at("/stream_options/include_usage").asBoolean()).isTrue();
    await(() -> tokens("acme") == 12);
  }

  @Test
  void everyByteOfAStreamIsCountedHoweverItComes() throws Exception {
    var length = 0L;
    for (var millis : List.of(0, 20)) {
      first.millisBetween = millis;
      for (var path : List.of("/v1/chat/completions", "/api/chat", "/v1/messages")) {
        var answer =
            runtime.client.send(
                runtime
                    .request("acme", path)
                    .header("Content-Type", "application/json")
                    .POST(
                        BodyPublishers.ofString(
                            """
                            {"model":"llama3","stream":true%s,\
                            "messages":[{"role":"user","content":"Say some words."}]}\
                            """
                                .formatted(path.endsWith("messages") ? ",\"max_tokens\":5" : "")))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
        length += answer.body().length;
      }
    }
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 6);
    assertThat(runtime.usage("acme").at("/total/bytesOut").asLong()).isEqualTo(length);
  }

  @Test
  void anotherBackendStandsInBeforeTheFirstContent() throws Exception {
    first.status = 500;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body()).contains("word");
    first.status = 200;
    first.millisBefore = 5000;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body()).contains("word");
    assertThat(second.requests).hasSize(2);
    await(() -> tokens("acme") == 24);
  }

  @Test
  void whatAModelCannotDoIsNoFailureOfItsBackend() throws Exception {
    first.status = 500;
    first.error = "{\"error\":\"this model does not support embeddings\"}";
    for (int i = 0; i < 5; i++) {
      var refused = runtime.send(chat("acme", ""));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("does not support embeddings");
    }
    assertThat(first.requests).as("asked once a call").hasSize(5);
    first.status = 200;
    assertThat(runtime.send(chat("acme", "")).statusCode()).isEqualTo(200);
    assertThat(second.requests).isEmpty();
  }

  @Test
  void afterTheFirstContentAFailureIsToldInTheStreamAndWhatCameIsBilled() throws Exception {
    first.cutAfter = 3;
    first.words = 8;
    var body = runtime.send(chat("acme", ",\"stream\":true")).body();
    assertThat(body).contains("word").contains("\"error\"").doesNotContain("[DONE]");
    assertThat(second.requests).isEmpty();
    await(() -> runtime.usage("acme").at("/total/tokensOut").asLong() >= 3);
  }

  @Test
  void whatComesBeforeTheFirstContentIsKeptUpToAMebibyte() throws Exception {
    first.cutAfter = 0;
    first.comments = 100;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body())
        .contains("word", "[DONE]")
        .doesNotStartWith(":");
    assertThat(second.requests).hasSize(1);

    first.comments = 1100;
    assertThat(runtime.send(chat("acme", ",\"stream\":true")).body())
        .startsWith(":")
        .contains("\"error\"");
    assertThat(second.requests).hasSize(1);
  }

  @Test
  void anAnswerThatHasSaidItsEndIsCompleteHoweverTheConnectionEnds() throws Exception {
    first.cutsAtEnd = true;
    var body = runtime.send(chat("acme", ",\"stream\":true")).body();
    assertThat(body).contains("word", "\"finish_reason\":\"stop\"").doesNotContain("\"error\"");
    assertThat(second.requests).isEmpty();
    await(() -> runtime.usage("acme").at("/total/tokensOut").asLong() >= 5);
  }

  @Test
  void whatABackendSaysOfItsOwnFailureIsNotTold() throws Exception {
    first.failsAfter = 2;
    var body = runtime.send(chat("acme", ",\"stream\":true")).body();
    assertThat(body).contains("word").contains("Backend one says that it failed");
    assertThat(body).doesNotContain("sk-of-the-backend");
  }

  @Test
  void theFeaturesOfItsProtocolThatAClientAsksForReachTheBackend() throws Exception {
    var answer =
        runtime.send(
            chat("acme", "").header("OpenAI-Beta", "one=v1").header("OpenAI-Beta", "two=v2"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(first.headers)
        .singleElement()
        .satisfies(h -> assertThat(h.get("OpenAI-Beta")).containsExactly("one=v1", "two=v2"));
  }

  /** Begins to read a stream, and hangs up after the first words. */
  private void hangUp(String tenant) throws IOException {
    var ask =
        "{\"model\":\"llama3\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    try (var socket =
        runtime.begin(tenant, "POST /v1/chat/completions", "Content-Length: " + ask.length())) {
      socket.getOutputStream().write(ask.getBytes(StandardCharsets.UTF_8));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!lines.readLine().contains("word")) {}
    }
  }

  @Test
  void aClientThatHangsUpIsNoticedAndTheBackendCancelled() throws Exception {
    first.words = 100;
    first.millisBetween = 50;
    hangUp("acme");
    var began = System.nanoTime();
    await(() -> first.brokenOff.get() == 1);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(1000);
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 1);
    assertThat(runtime.usage("acme").at("/total/tokensOut").asLong()).isBetween(1L, 50L);
  }

  @Test
  void whoHangsUpBeforeTheAnswerPaysForThePromptThatABackendHasGot() throws Exception {
    first.millisBefore = 5000;
    for (var more : List.of("", ",\"stream\":true")) {
      var call =
          runtime.client.sendAsync(
              chat("acme", more).build(), HttpResponse.BodyHandlers.ofString());
      await(() -> !first.requests.isEmpty());
      first.requests.clear();
      call.cancel(true);
    }

    // "Say some words." has 15 bytes
    await(() -> runtime.usage("acme").at("/total/tokensIn").asLong() == 2 * 4);
    assertThat(runtime.usage("acme").at("/total/tokensOut").asLong()).isZero();
    assertThat(runtime.usage("acme").at("/total/cost").asLong()).isPositive();
  }

  @Test
  void aPlanThatDrainsGoesBeforeTheRouteThatCancels() throws Exception {
    first.words = 40;
    first.millisBetween = 50;
    hangUp("leaves");
    await(() -> runtime.usage("leaves").at("/total/tokensOut").asLong() == 40);
    assertThat(first.brokenOff).hasValue(0);
  }

  @Test
  void forWhoHangsUpWhileItWaitsNoOtherBackendIsAsked() throws Exception {
    first.millisBefore = 2000;
    var before = runtime.client.sendAsync(narrow("acme"), HttpResponse.BodyHandlers.ofString());
    await(() -> first.requests.size() == 1);
    var waits = runtime.client.sendAsync(narrow("leaves"), HttpResponse.BodyHandlers.ofString());
    await(() -> waiting() == 1);
    waits.cancel(true);

    await(() -> runtime.usage("leaves").at("/total/requests").asLong() == 1);
    assertThat(before.join().statusCode()).isEqualTo(200);
    assertThat(first.requests).hasSize(1);
    assertThat(second.requests).isEmpty();
    assertThat(tokens("leaves")).isZero();
  }

  /** Calls that wait for their turn at any backend. */
  private double waiting() {
    try {
      return runtime
          .metrics()
          .lines()
          .filter(line -> line.startsWith("tollgate_model_waiting{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest narrow(String tenant) {
    return runtime
        .request(tenant, "/v1/chat/completions")
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body("narrow")))
        .build();
  }

  @Test
  void errorsAreInTheClientsProtocol() throws Exception {
    var unknown =
        runtime.send(
            runtime
                .request("acme", "/v1/chat/completions")
                .POST(BodyPublishers.ofString("{\"model\":\"nope\",\"messages\":[]}")));
    assertThat(unknown.statusCode()).isIn(400, 404);
    assertThat(json(unknown).at("/error/message").asText()).isNotEmpty();
    var anthropic =
        runtime.send(
            runtime.request("acme", "/v1/messages").POST(BodyPublishers.ofString("{\"model\":1}")));
    assertThat(anthropic.statusCode()).isEqualTo(400);
    assertThat(json(anthropic).path("type").asText()).isEqualTo("error");
    var notInPlan =
        runtime.send(
            runtime
                .request("tiny", "/v1/chat/completions")
                .POST(
                    BodyPublishers.ofString(
                        "{\"model\":\"alias\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")));
    assertThat(notInPlan.statusCode()).isEqualTo(403);
    assertThat(json(notInPlan).at("/error/message").asText()).contains("open");
  }
}

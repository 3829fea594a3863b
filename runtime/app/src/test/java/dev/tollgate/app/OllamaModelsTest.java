package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.store.Databases;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real model behind the runtime, and the clients that people use in front of it. */
@NullUnmarked
class OllamaModelsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SAY = "Say hello.";

  @TempDir private static Path home;
  private static OllamaServer ollama;
  private static long promptTokens;
  private static long answerTokens;

  @TempDir private Path data;
  @TempDir private Path manifests;
  private RunningRuntime runtime;
  private ModelBackendServer vectors;

  /** What one call is in the ledger. */
  private record Call(String source, String backend, long in, long out) {}

  @BeforeAll
  static void model() throws Exception {
    ollama = OllamaServer.start(home);
    var direct =
        ollama.post(
            "/api/chat",
            """
            {"model":"gemma","stream":false,"messages":[{"role":"user","content":"%s"}],\
            "options":{"num_predict":6,"temperature":0}}\
            """
                .formatted(SAY));
    promptTokens = direct.path("prompt_eval_count").asLong();
    answerTokens = direct.path("eval_count").asLong();
    assertThat(promptTokens).isPositive();
  }

  @AfterAll
  static void end() throws Exception {
    if (ollama != null) {
      ollama.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    vectors = new ModelBackendServer();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            """
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: own}
            spec:
              models: [gemma]
              backends: [{name: own, provider: Ollama, url: "http://127.0.0.1:%1$d", model: gemma}]
              timeouts: {firstToken: 60s, silence: 60s, total: 90s}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: openai}
            spec:
              models: [gemma-openai]
              backends: [{name: openai, provider: OpenAI, url: "http://127.0.0.1:%1$d/v1", model: gemma}]
              timeouts: {firstToken: 60s, silence: 60s, total: 90s}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: hasty}
            spec:
              models: [hasty]
              backends: [{name: hasty, provider: Ollama, url: "http://127.0.0.1:%1$d", model: gemma}]
              timeouts: {firstToken: 2s, silence: 2s, total: 3s}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: vectors}
            spec:
              models: [vectors]
              backends: [{name: vectors, provider: OpenAI, url: "http://127.0.0.1:%2$d/v1", model: m}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Plan
            metadata: {name: counted}
            spec: {displayName: Counted, meters: [{name: tokens}]}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: Tenant
            metadata: {name: tiny}
            spec: {displayName: Tiny, plan: counted}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: RateLimitPolicy
            metadata: {name: few}
            spec:
              targetRefs: [{group: tollgate.dev, kind: Tenant, name: tiny}]
              limits: [{name: few, meter: tokens, limit: 10, per: Hour, by: Tenant}]
            """
                .formatted(ollama.port(), vectors.port()),
            Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    vectors.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, gemma, false",
    "/v1/chat/completions, gemma, true",
    "/v1/chat/completions, gemma-openai, false",
    "/v1/chat/completions, gemma-openai, true",
    "/v1/messages, gemma, false",
    "/v1/messages, gemma, true",
    "/v1/messages, gemma-openai, true",
    "/api/chat, gemma, false",
    "/api/chat, gemma, true",
    "/api/chat, gemma-openai, true",
  })
  void everyTokenThatTheModelCountedIsInTheLedger(String path, String model, boolean stream)
      throws Exception {
    var options =
        path.equals("/api/chat")
            ? "\"options\":{\"num_predict\":6,\"temperature\":0}"
            : "\"max_tokens\":6,\"temperature\":0";
    var ask =
        """
        {"model":"%s","stream":%s,"messages":[{"role":"user","content":"%s"}],%s}\
        """
            .formatted(model, stream, SAY, options);
    var answer =
        runtime.send(
            runtime
                .request("acme", path)
                .timeout(Duration.ofSeconds(90))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(ask)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).doesNotContain("\"error\"");
    await(() -> calls().size() == 1);
    var backend = model.equals("gemma") ? "own" : "openai";
    assertThat(calls()).containsExactly(new Call("PROVIDER", backend, promptTokens, answerTokens));
    if (!stream) {
      assertThat(tokensOut(JSON.readTree(answer.body()))).isEqualTo(answerTokens);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCallOverItsTimeIsBrokenOffAtTheModel(boolean stream) throws Exception {
    var endless =
        """
        {"model":"hasty","stream":%s,"messages":[{"role":"user","content":"%s"}],\
        "options":{"num_predict":4000,"temperature":1.5}}\
        """
            .formatted(stream, SAY);
    var answer =
        runtime.send(runtime.request("acme", "/api/chat").POST(BodyPublishers.ofString(endless)));
    assertThat(answer.body()).contains("error");
    // the model takes one call at a time, so this one is answered only if the other was given up
    var next =
        ollama.post(
            "/api/generate",
            "{\"model\":\"gemma\",\"prompt\":\"x\",\"stream\":false,\"options\":{\"num_predict\":1}}");
    assertThat(next.path("done").asBoolean()).isTrue();
  }

  @Test
  void theClientsOfPythonWork() throws Exception {
    var process =
        new ProcessBuilder(OllamaServer.python().toString(), "src/test/python/model_clients.py")
            .redirectErrorStream(true);
    var environment = process.environment();
    environment.put("BASE", "http://127.0.0.1:" + runtime.port);
    environment.put("KEY", runtime.key("acme"));
    environment.put("KEY_OVER_LIMIT", runtime.key("tiny"));
    environment.put("NO_PROXY", "*");
    var running = process.start();
    var said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as(said).isZero();
    assertThat(said.lines()).filteredOn(line -> line.startsWith("ok ")).hasSizeGreaterThan(15);
    assertThat(calls()).allMatch(call -> call.source().equals("PROVIDER"));
  }

  private static long tokensOut(JsonNode answer) {
    for (var at : List.of("/usage/completion_tokens", "/usage/output_tokens", "/eval_count")) {
      if (answer.at(at).isNumber()) {
        return answer.at(at).asLong();
      }
    }
    throw new AssertionError("no usage in " + answer);
  }

  private List<Call> calls() {
    List<Call> calls = new ArrayList<>();
    try (var files = Files.list(data.resolve("shards"))) {
      var shard =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".mv.db"))
              .findFirst()
              .orElseThrow()
              .replace(".mv.db", "");
      try (var connection = runtime.context.getBean(Databases.class).shard(shard).getConnection();
          var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "SELECT source, backend, tokens_in, tokens_out FROM usage_record"
                      + " WHERE outcome = 'OK' OR tokens_out > 0")) {
        while (rows.next()) {
          calls.add(
              new Call(rows.getString(1), rows.getString(2), rows.getLong(3), rows.getLong(4)));
        }
      }
    } catch (SQLException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
    return calls;
  }
}

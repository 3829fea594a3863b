package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A model with two backends, and a tenant with a small plan, beside what a test adds. */
@NullUnmarked
abstract class ModelScenario {

  static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path manifests;
  @TempDir Path data;
  ModelBackendServer first;
  ModelBackendServer second;
  RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    first = new ModelBackendServer();
    second = new ModelBackendServer();
    var manifest =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: chat}
        spec:
          models: [llama3, alias]
          backends:
          - {name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 0}
          - {name: two, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 1}
          timeouts: {firstToken: 2s, silence: 1s, total: 10s}
          retry: {attempts: 2}
          onDisconnect: {mode: Cancel}
          price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: small}
        spec:
          displayName: Small
          price: {amount: "1.00", currency: USD, per: Month}
          meters: [{name: tokens, included: 2000, overage: {mode: Block}}]
          models: [llama3]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: tiny}
        spec: {displayName: Tiny, plan: small}
        ---
        """
            .formatted(first.port(), second.port());
    runtime = RunningRuntime.start(data, manifests, manifest + more(), Map.of());
  }

  /** Further resources; the backends are there. */
  abstract String more();

  @AfterEach
  void stop() {
    runtime.close();
    first.close();
    second.close();
  }

  /** A call of {@code llama3}, with more members. */
  HttpRequest.Builder chat(String tenant, String more) {
    return runtime
        .request(tenant, "/v1/chat/completions")
        .header("Content-Type", "application/json")
        .POST(
            BodyPublishers.ofString(
                """
                {"model":"llama3","messages":[{"role":"user","content":"Say some words."}]%s}\
                """
                    .formatted(more)));
  }

  /** The shortest call of a model. */
  static String body(String model) {
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
        .formatted(model);
  }

  JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }
}

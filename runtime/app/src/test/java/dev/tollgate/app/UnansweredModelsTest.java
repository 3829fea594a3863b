package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.TokenEstimator;
import dev.tollgate.core.store.Databases;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is on the bill of calls to models that end without an answer, or in the middle of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnansweredModelsTest {

  private static final String ROUTE =
      """
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelRoute
      metadata: {name: %1$s}
      spec:
        models: [%1$s]
        backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%2$d/v1", model: m}]
        timeouts: {%3$s}
        retry: {attempts: 0}
      """;

  private ModelBackendServer backend;
  private ModelBackendServer other;
  private RunningRuntime runtime;

  /** What one call is in the ledger. */
  private record Call(int status, String outcome, String source, long in, long out, String error) {}

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
    TokenEstimator.byVocabulary().ready().join();
    backend = new ModelBackendServer();
    other = new ModelBackendServer();
    var patient = "firstToken: 20s, silence: 20s, total: 30s";
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            ROUTE.formatted("first", backend.port(), "firstToken: 300ms, silence: 20s, total: 30s")
                + ROUTE.formatted(
                    "silence", backend.port(), "firstToken: 20s, silence: 300ms, total: 30s")
                + ROUTE.formatted("total", backend.port(), "firstToken: 1s, silence: 1s, total: 1s")
                + ROUTE.formatted("patient", backend.port(), patient)
                + ROUTE.formatted("nowhere", 1, patient)
                + """
                ---
                apiVersion: tollgate.dev/v1alpha1
                kind: ModelRoute
                metadata: {name: pair}
                spec:
                  models: [pair]
                  backends:
                  - {name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}
                  - {name: two, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m, priority: 1}
                  timeouts: {firstToken: 300ms, silence: 20s, total: 30s}
                  retry: {attempts: 1}
                """
                    .formatted(backend.port(), other.port()),
            Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
    backend.close();
    other.close();
  }

  /** The next call finds a backend that has not failed thrice in a row. */
  @AfterEach
  void well() throws Exception {
    backend.millisBefore = 0;
    backend.millisBetween = 0;
    backend.comments = 0;
    backend.hangsUp = false;
    backend.cutAfter = -1;
    backend.failsAfter = -1;
    backend.status = 200;
    backend.saysUsage = true;
    backend.says = List.of();
    other.status = 200;
    ask("patient", false);
    ask("total", false);
  }

  @ParameterizedTest
  @CsvSource({
    // of how it ends      model    stream status outcome source   in out error
    "says nothing,         first,   true,  504, FAILED, PARTIAL,  4, 0, backend-timeout",
    "only pings,           first,   true,  504, FAILED, PARTIAL,  4, 0, backend-timeout",
    "says nothing,         total,   true,  504, FAILED, PARTIAL,  4, 0, backend-timeout",
    "says nothing,         total,   false, 504, FAILED, PARTIAL,  4, 0, backend-timeout",
    "stops after a word,   silence, true,  504, FAILED, PARTIAL,  4, 2, backend-timeout",
    "stops after a word,   total,   true,  504, FAILED, PARTIAL,  4, 2, backend-timeout",
    "hangs up,             patient, true,  502, FAILED, PARTIAL,  4, 0, backend-failed",
    "hangs up,             patient, false, 502, FAILED, PARTIAL,  4, 0, backend-failed",
    "breaks off,           patient, true,  502, FAILED, PARTIAL,  4, 0, backend-failed",
    "tells an error,       patient, true,  502, FAILED, PARTIAL,  4, 0, backend-failed",
    "refuses,              patient, true,  502, FAILED, PROVIDER, 0, 0, backend-failed",
    "refuses,              patient, false, 502, FAILED, PROVIDER, 0, 0, backend-failed",
    "is well,              nowhere, true,  502, FAILED, PROVIDER, 0, 0, backend-failed",
  })
  void thePromptIsOnTheBillOnceABackendHasGotIt(
      String how,
      String model,
      boolean stream,
      int status,
      String outcome,
      String source,
      long in,
      long out,
      String error)
      throws Exception {
    switch (how) {
      case "says nothing" -> backend.millisBefore = 3000;
      case "only pings" -> {
        backend.comments = 20;
        backend.millisBetweenComments = 100;
      }
      case "stops after a word" -> backend.millisBetween = 3000;
      case "hangs up" -> backend.hangsUp = true;
      case "breaks off" -> backend.cutAfter = 0;
      case "tells an error" -> backend.failsAfter = 0;
      case "refuses" -> backend.status = 500;
      default -> {}
    }

    assertThat(ask(model, stream)).isEqualTo(new Call(status, outcome, source, in, out, error));
  }

  @ParameterizedTest
  @CsvSource({"patient, true", "silence, false"})
  void thePromptIsOnTheBillOfACallerWhoLeaves(String model, boolean stream) throws Exception {
    backend.millisBefore = 3000;
    var asked = backend.requests.size();
    var call =
        runtime.client.sendAsync(
            request(model, stream).build(), HttpResponse.BodyHandlers.discarding());
    await(() -> backend.requests.size() > asked);
    call.cancel(true);

    var left = "error = 'client-gone' AND model = ?";
    await(() -> record(left, model) != null);
    assertThat(record(left, model))
        .isEqualTo(new Call(499, "PARTIAL", "PARTIAL", 4, 0, "client-gone"));
  }

  @Test
  void theTokensOfAnAnswerWhoseBackendDoesNotSayThemAreCountedByAVocabulary() throws Exception {
    backend.saysUsage = false;
    backend.says = List.of("The quick brown fox ", "jumps over the lazy dog.");

    assertThat(ask("patient", true)).isEqualTo(new Call(200, "COMPLETE", "ESTIMATED", 4, 10, ""));
  }

  @Test
  void whatAnotherBackendAnsweredIsOnTheBillInPlaceOfIt() throws Exception {
    backend.millisBefore = 3000;

    assertThat(ask("pair", true)).isEqualTo(new Call(200, "COMPLETE", "PROVIDER", 7, 5, ""));
  }

  @Test
  void thePromptThatTheFirstBackendGotIsOnTheBillWhereTheSecondRefusesIt() throws Exception {
    backend.millisBefore = 3000;
    other.status = 500;

    assertThat(ask("pair", true))
        .isEqualTo(new Call(502, "FAILED", "PARTIAL", 4, 0, "backend-failed"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePromptIsOnTheBillOfACallUnderWhichTheProcessIsKilled(
      boolean stream, @TempDir Path data, @TempDir Path manifests) throws Exception {
    Files.writeString(
        manifests.resolve("all.yaml"),
        Manifests.TENANTS
            + ROUTE.formatted("patient", backend.port(), "firstToken: 20s, silence: 20s"));
    backend.millisBefore = 3000;
    var asked = backend.requests.size();
    try (var process = new RuntimeProcess(data, manifests, manifests.resolve("log"))) {
      var call =
          HttpRequest.newBuilder(
                  URI.create("http://localhost:" + process.port + "/v1/chat/completions"))
              .header("Authorization", "Bearer " + process.key("acme"))
              .POST(BodyPublishers.ofString(body("patient", stream)))
              .build();
      var answer = runtime.client.sendAsync(call, HttpResponse.BodyHandlers.discarding());
      for (int i = 0; i < 1200 && backend.requests.size() == asked; i++) {
        Thread.sleep(50);
      }
      assertThat(backend.requests).as("what the backend was asked").hasSize(asked + 1);
      process.kill();
      assertThat(answer).failsWithin(Duration.ofSeconds(10));
    }
    try (var next = RunningRuntime.startAgain(data, manifests, Map.of())) {
      await(() -> record(next, "model = ?", "patient") != null);
      assertThat(record(next, "model = ?", "patient"))
          .isEqualTo(new Call(0, "PARTIAL", "ESTIMATED", 4, 0, ""));
    }
  }

  /** Makes a call, and reads its record when it is there. */
  private Call ask(String model, boolean stream) throws Exception {
    var id =
        runtime
            .send(request(model, stream))
            .headers()
            .firstValue("X-Tollgate-Request-Id")
            .orElseThrow();
    await(() -> record("id = ?", id) != null);
    return Objects.requireNonNull(record("id = ?", id));
  }

  private HttpRequest.Builder request(String model, boolean stream) {
    return runtime
        .request("acme", "/v1/chat/completions")
        .POST(BodyPublishers.ofString(body(model, stream)));
  }

  private static String body(String model, boolean stream) {
    return """
    {"model":"%s","stream":%s,"messages":[{"role":"user","content":"Say some words."}]}\
    """
        .formatted(model, stream);
  }

  private @Nullable Call record(String where, String value) {
    return record(runtime, where, value);
  }

  private static @Nullable Call record(RunningRuntime runtime, String where, String value) {
    var shard = runtime.context.getBean(Databases.class).shard("default-0");
    try (var connection = shard.getConnection();
        var query =
            connection.prepareStatement(
                "SELECT status, outcome, source, tokens_in, tokens_out, error FROM usage_record"
                    + " WHERE "
                    + where)) {
      query.setString(1, value);
      try (var rows = query.executeQuery()) {
        return rows.next()
            ? new Call(
                rows.getInt(1),
                rows.getString(2),
                rows.getString(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getString(6))
            : null;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the operator reads of quotas, from a whole runtime and its ledger. */
@NullUnmarked
class QuotaStatesTest {

  @Test
  void aTenantIsAlertedThenBlockedAndWithinAgainWhenItsPlanGrows(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      await(() -> call(runtime) == 200);
      includes(manifests, 4, "alertPercents: [50], ");
      await(() -> included(runtime) == 4);
      assertThat(ask(runtime, "").body()).isEqualTo("{\"quotas\":{},\"suspended\":[]}");
      assertThat(call(runtime)).isEqualTo(200);
      await(() ->
          ask(runtime, "").body().equals("{\"quotas\":{\"acme\":\"Alerted\"},\"suspended\":[]}"));
      var tag = ask(runtime, "").headers().firstValue("ETag").orElseThrow();
      assertThat(ask(runtime, tag).statusCode()).isEqualTo(304);
      assertThat(call(runtime)).isEqualTo(200);
      assertThat(call(runtime)).isEqualTo(200);
      assertThat(call(runtime)).isEqualTo(429);
      await(() ->
          ask(runtime, "").body().equals("{\"quotas\":{\"acme\":\"Blocked\"},\"suspended\":[]}"));
      assertThat(ask(runtime, tag).statusCode()).isEqualTo(200);
      includes(manifests, 1000, "alertPercents: [50], ");
      await(() -> ask(runtime, "").body().equals("{\"quotas\":{},\"suspended\":[]}"));
    }
  }

  @Test
  void aPlanWithoutThresholdsIsToldAsBlockedTooAlsoWhenItBecameSmaller(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      await(() -> call(runtime) == 200);
      await(() -> runtime.usage("acme").path("total").path("requests").asInt() == 1);
      includes(manifests, 1, "");
      await(() -> call(runtime) == 429);
      await(() ->
          ask(runtime, "").body().equals("{\"quotas\":{\"acme\":\"Blocked\"},\"suspended\":[]}"));
    }
  }

  private static void includes(Path manifests, int requests, String more) throws Exception {
    Files.writeString(
        manifests.resolve("tenants.yaml"),
        Manifests.TENANTS.replace("included: 1000000, ", "included: " + requests + ", " + more));
  }

  /** What the plan that is served now includes: a file is read some time after it is written. */
  private static long included(RunningRuntime runtime) {
    for (var meter : runtime.usage("acme").path("meters")) {
      if (meter.path("meter").asText().equals("requests")) {
        return meter.path("included").asLong();
      }
    }
    return -1;
  }

  private static int call(RunningRuntime runtime) {
    try {
      return runtime
          .send(
              runtime
                  .request("acme", "/v1/tools/json/minify")
                  .POST(HttpRequest.BodyPublishers.ofString("{}")))
          .statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<String> ask(RunningRuntime runtime, String tag) {
    var url = "http://localhost:" + runtime.managementPort + "/tollgate/quotas";
    try {
      return runtime.client.send(
          HttpRequest.newBuilder(URI.create(url)).header("If-None-Match", tag).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

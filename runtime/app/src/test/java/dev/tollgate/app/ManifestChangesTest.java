package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers and the operator see while somebody makes mistakes in the watched folder. */
@NullUnmarked
class ManifestChangesTest {

  @TempDir Path data;
  @TempDir Path manifests;

  @Test
  void mistakesAreToldAndStopNobody() throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      assertThat(status(runtime)).isEqualTo(200);
      var tenants = manifests.resolve("tenants.yaml");
      Files.writeString(
          tenants, Manifests.TENANTS.replace("ACME, plan: open", "ACME, plan: opeen"));
      Files.writeString(manifests.resolve("aaa.yaml"), JSON_TOOL.replace("tools/json", "other"));
      Files.writeString(manifests.resolve("broken.yaml"), "kind: [");
      awaitFindings(runtime, "Tenant/acme", "aaa.yaml:3", "broken.yaml");
      assertThat(findings(runtime))
          .contains("Plan opeen is not there", "its last good form is served")
          .contains("ApiRoute json is in routes.yaml too, in line 3, and that one is used");
      assertThat(management(runtime, "/health"))
          .contains("\"UP\"", "Tenant/acme PlanNotFound", "aaa.yaml", "broken.yaml")
          .contains("\"shardsThatDoNotTakeUsage\":[]");
      assertThat(management(runtime, "/prometheus"))
          .contains("tollgate_usage_failing_shards 0.0", "tollgate_usage_shipped_time_seconds 1.");
      assertThat(status(runtime)).isEqualTo(200);
    }
    try (var runtime = RunningRuntime.startAgain(data, manifests, Map.of())) {
      assertThat(status(runtime)).as("after a restart").isEqualTo(200);
      awaitFindings(runtime, "Tenant/acme");
    }
  }

  @Test
  void theCallersOfATenantWithoutItsPlanKeepTheirKeys() throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      assertThat(status(runtime)).isEqualTo(200);
      Files.writeString(
          manifests.resolve("tenants.yaml"), Manifests.TENANTS.replaceFirst("(?s)^.*?---\n", ""));
      awaitFindings(runtime, "Tenant/acme", "Tenant/globex");
      for (var path : new String[] {"/v1/tools/json/minify", "/v1/usage", "/"}) {
        var answer = runtime.get("acme", path);
        assertThat(answer.statusCode()).as(path).isEqualTo(503);
        assertThat(answer.body()).contains("problems/tenant-not-usable");
      }
      Files.writeString(manifests.resolve("tenants.yaml"), Manifests.TENANTS);
      RunningRuntime.await(() -> status(runtime) == 200);
    }
  }

  private static int status(RunningRuntime runtime) {
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

  private void awaitFindings(RunningRuntime runtime, String... parts) throws Exception {
    for (int i = 0; i < 100 && !Stream.of(parts).allMatch(findings(runtime)::contains); i++) {
      Thread.sleep(100);
    }
    assertThat(findings(runtime)).contains(parts);
  }

  private String findings(RunningRuntime runtime) {
    return management(runtime, "/admin/findings");
  }

  private String management(RunningRuntime runtime, String path) {
    try {
      return runtime
          .client
          .send(
              HttpRequest.newBuilder(
                      URI.create("http://localhost:" + runtime.managementPort + path))
                  .header(
                      "Authorization", "Bearer " + Files.readString(data.resolve("admin.token")))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

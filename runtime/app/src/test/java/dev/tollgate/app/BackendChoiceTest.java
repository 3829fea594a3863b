package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which backend of a route is sent a call: by its version, its region and its tenant. */
@NullUnmarked
class BackendChoiceTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at("/failing", 503);
    backend.at("/public", "Cache-Control", "public, max-age=60");
    var versions =
        List.of(
            backend.backend("one", "/one", "when: {version: '1'}"),
            backend.backend("two", "/two", "when: {version: '2'}"));
    var tiers =
        List.of(
            backend.backend("gold", "/public/gold", "when: {tenantLabels: {tier: gold}}"),
            backend.backend("all", "/public/all", "weight: 0"));
    var routes =
        route("versions", versions, "cache: {for: 60s}")
            + route("tiers", tiers, "cache: {for: 60s}")
            + route("places", places("/eu"), "cache: {for: 60s}")
            + route(
                "outage",
                places("/failing"),
                "circuitBreaker: {minimumCalls: 2, failurePercent: 100, window: 60s}")
            + route(
                "nearby", places("/failing"), "retry: {reasons: [\"503\"], budgetPercent: 100}");
    runtime = RunningRuntime.start(data, manifests, routes, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  /** Three backends in one region, of which one is drained, and one in another. */
  private List<String> places(String eu) {
    return List.of(
        backend.backend("eu-1", eu, "region: eu, version: '1'"),
        backend.backend("eu-2", "/eu-2", "region: eu, version: '2'"),
        backend.backend("eu-3", "/eu-3", "region: eu, version: '3', weight: 0"),
        backend.backend("us", "/us", "region: us, version: '2', weight: 1000"));
  }

  @Test
  void oneVersionIsNotServedWhatWasKeptOfAnother() throws Exception {
    for (var version : List.of("1", "2")) {
      var first = version(version);
      var second = version(version);
      assertThat(first.body()).startsWith(version.equals("1") ? "/one/thing" : "/two/thing");
      assertThat(second.body()).isEqualTo(first.body());
    }
    assertThat(backend.calls).hasValue(2);
    runtime.send(
        runtime
            .request("acme", "/versions/thing")
            .header("X-Tollgate-Version", "1")
            .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(version("2").headers().firstValue("Cache-Status"))
        .hasValue("tollgate; fwd=uri-miss");
  }

  private HttpResponse<String> version(String version) throws Exception {
    return runtime.send(
        runtime.request("acme", "/versions/thing").header("X-Tollgate-Version", version));
  }

  @Test
  void aRequestGoesWhereItsRegionAndVersionAreServed() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(place("places", "eu", "2", "/" + i)).startsWith("/eu-2/");
      assertThat(place("places", "us", "1", "/a" + i)).matches("/(eu|us)/.*");
      assertThat(place("places", "eu", "3", "/b" + i)).matches("/eu(-2)?/.*");
    }
    assertThat(place("places", "mars", "9", "/x")).isEqualTo(place("places", "moon", "9", "/x"));
  }

  @Test
  void oneRegionIsNotServedWhatWasKeptOfAnother() throws Exception {
    assertThat(place("places", "us", "2", "/thing")).startsWith("/us/");
    assertThat(place("places", "eu", "2", "/thing")).startsWith("/eu-2/");
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aRegionWhoseCircuitsAreOpenIsServedElsewhere() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(place("outage", "eu", "1", "/thing")).startsWith("/failing/");
    }
    assertThat(place("outage", "eu", "1", "/thing")).startsWith("/eu-2/");
  }

  @Test
  void aRetryStaysInTheRegion() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(place("nearby", "eu", "1", "/thing")).startsWith("/eu-2/");
    }
    assertThat(backend.calls).hasValue(20);
  }

  private String place(String route, String region, String version, String path) throws Exception {
    return runtime
        .send(
            runtime
                .request("acme", "/" + route + path)
                .header("X-Tollgate-Region", region)
                .header("X-Tollgate-Version", version))
        .body();
  }

  @Test
  void aBackendMayBeForTenantsWithALabelAlone() throws Exception {
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 1");
    assertThat(runtime.get("globex", "/tiers/a").body())
        .as("though the answer is public")
        .isEqualTo("/public/all/a 2");
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 1");
    assertThat(runtime.get("globex", "/tiers/a").body()).isEqualTo("/public/all/a 2");
    runtime.send(
        runtime.request("globex", "/tiers/a").POST(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 4");
    Files.writeString(
        manifests.resolve("tenants.yaml"), Manifests.TENANTS.replace("tier: gold", "tier: silver"));
    await(() -> body("acme", "/tiers/a").startsWith("/public/all/a"));
  }

  private String body(String tenant, String path) {
    try {
      return runtime.get(tenant, path).body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

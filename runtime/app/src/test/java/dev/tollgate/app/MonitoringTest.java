package dev.tollgate.app;

import static dev.tollgate.app.Manifests.modelRoute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.ChartMetrics;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the chart's alerts and dashboards ask of gateways is what gateways tell. */
class MonitoringTest {

  @Test
  void eachMetricOfTheChartIsThere(@TempDir Path manifests, @TempDir Path data) throws Exception {
    try (var backend = new ModelBackendServer()) {
      var cached =
          """
          apiVersion: tollgate.dev/v1alpha1
          kind: ApiRoute
          metadata: {name: cached}
          spec:
            match: {path: /cached}
            backends: [{name: one, url: "http://127.0.0.1:%d"}]
            cache: {for: 60s}
          """
              .formatted(backend.port());
      try (var runtime =
          RunningRuntime.start(
              data,
              manifests,
              modelRoute("chat", "llama3", backend.port(), "") + cached,
              Map.of())) {
        var _ = runtime.get("acme", "/cached/v1/models");
        var refused =
            runtime.send(runtime.request("acme", "/cached").setHeader("Authorization", "Bearer x"));
        assertThat(refused.statusCode()).isEqualTo(401);
        var chat =
            runtime.send(
                runtime
                    .request("acme", "/v1/chat/completions")
                    .header("Content-Type", "application/json")
                    .POST(
                        BodyPublishers.ofString(
                            """
                            {"model":"llama3","messages":[{"role":"user","content":"Hello"}]}
                            """)));
        assertThat(chat.statusCode()).isEqualTo(200);
        var told = runtime.metrics();
        assertThat(ChartMetrics.names(Path.of("../..")))
            .filteredOn(name -> !ChartMetrics.isOperators(name))
            .hasSizeGreaterThan(25)
            .allMatch(name -> told.contains("\n" + name));
      }
    }
  }
}

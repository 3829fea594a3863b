package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.ChartMetrics;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What Prometheus is told by the operator. */
class MeasurementsTest {

  private static final String TENANTS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec: {meters: [{name: requests, included: 10}]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme}
      spec: {plan: basic}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: globex}
      spec: {plan: none}
      """;

  @Test
  void resourcesAreCountedByKindAndByWhatTheirConditionsSay() throws Exception {
    try (var platform = new Platform(8081)) {
      platform.apply(TENANTS);
      var here = "{kind=\"Tenant\",namespace=\"" + platform.namespace() + "\"} ";
      var conditions =
          "tollgate_operator_conditions{condition=\"%s\",kind=\"Tenant\",namespace=\"%s\",status=\"%s\"} 2.0";
      var wanted =
          Set.of(
              "tollgate_operator_resources" + here + "2.0",
              conditions.formatted("Accepted", platform.namespace(), "True"),
              conditions.formatted("Ready", platform.namespace(), "False"),
              "tollgate_operator_leader 1.0",
              "tollgate_operator_namespaces_missing 0.0");
      await(
          "both are counted",
          () -> platform.metrics().lines().collect(Collectors.toSet()).containsAll(wanted));
      var told = platform.metrics();
      assertThat(ChartMetrics.names(Path.of("..")))
          .filteredOn(ChartMetrics::isOperators)
          // there after a failure alone
          .filteredOn(name -> !name.equals("operator_sdk_reconciliations_failed_total"))
          .hasSizeGreaterThan(5)
          .allMatch(name -> told.contains("\n" + name));
      platform.here().genericKubernetesResources("tollgate.dev/v1alpha1", "Tenant").delete();
      await(
          "none is counted any more",
          () -> !platform.metrics().contains("tollgate_operator_resources" + here));
      assertThat(platform.metrics())
          .contains("operator_sdk_reconciliations_", "jvm_memory_used_bytes", "process_cpu_usage");
    }
  }

  @Test
  void theyAreServedBesideTheHealthAndWhoWaitsCountsNothing() throws Exception {
    try (var platform = Platform.withoutOperator(8081);
        var client =
            new KubernetesClientBuilder()
                .withConfig(
                    Platform.asOperator(platform.client().getConfiguration()).getConfiguration())
                .build();
        var waiting =
            new Operator(client, Platform.settings(platform.namespace(), 8081, "waiting"));
        var health = new Health(0, waiting);
        var http = HttpClient.newHttpClient()) {
      platform.apply(TENANTS);
      var url = URI.create("http://localhost:" + health.port() + "/metrics");
      var answer = http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/plain; version=0.0.4");
      assertThat(answer.body())
          .contains("tollgate_operator_leader 0.0")
          .doesNotContain("tollgate_operator_resources{");
    }
  }
}

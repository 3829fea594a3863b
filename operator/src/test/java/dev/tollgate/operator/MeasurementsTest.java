package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What Prometheus is told by the operator. */
class MeasurementsTest {

  private static final Path CHART = Path.of("../helm/tollgate/monitoring");
  private static final Pattern NAME =
      Pattern.compile("\\b(?:operator_sdk|tollgate_operator)_[a-z_]+");

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
      platform.here().genericKubernetesResources("tollgate.dev/v1alpha1", "Tenant").delete();
      await(
          "none is counted any more",
          () -> !platform.metrics().contains("tollgate_operator_resources" + here));
      assertThat(platform.metrics())
          .contains("operator_sdk_reconciliations_", "jvm_memory_used_bytes", "process_cpu_usage");
    }
  }

  /** What alerts and dashboards ask of operators, but for what is there after a failure alone. */
  private static Set<String> askedByTheChart() throws IOException {
    var names = new TreeSet<String>();
    try (var files = Files.walk(CHART)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        NAME.matcher(Files.readString(file)).results().map(MatchResult::group).forEach(names::add);
      }
    }
    names.remove("operator_sdk_reconciliations_failed_total");
    names.remove("tollgate_operator_resources"); // all of them have been deleted
    names.remove("tollgate_operator_conditions");
    return names;
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

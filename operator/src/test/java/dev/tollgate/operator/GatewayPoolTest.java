package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.PLAIN;
import static dev.tollgate.operator.EdgePool.SECURE;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.crd.gateway.GatewayPool;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pool says of itself: whether it is accepted, and whether its replicas serve it. */
class GatewayPoolTest {

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void itIsProgrammedWhenEveryReadyReplicaServesThatGeneration() {
    edge.replica().serves(1);
    edge.replica().joins(edge.platform(), "edge");
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    await("it is programmed", () -> "True".equals(edge.state("Programmed")));
    edge.apply(pool("replicas: {min: 2}"));
    await("it is not yet", () -> "Pending".equals(edge.reason("Programmed")));
    assertThat(edge.condition("Programmed").observedGeneration()).isEqualTo(2);
    edge.replica().serves(2);
    await("it is again", () -> "True".equals(edge.state("Programmed")));
    assertThat(edge.message("Programmed"))
        .isEqualTo("Every ready replica of GatewayPool edge serves it.");
  }

  @Test
  void whatAStatusSaysIsNotAskedAgainByTheNextOperator() throws Exception {
    edge.replica().serves(1);
    edge.replica().joins(edge.platform(), "edge");
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    await("it is programmed", () -> "True".equals(edge.state("Programmed")));
    var asked = edge.replica().questions();
    edge.platform().restartOperator();
    Thread.sleep(3000);
    assertThat(edge.replica().questions()).isEqualTo(asked);
    assertThat(edge.state("Programmed")).isEqualTo("True");
  }

  @Test
  void withoutAReadyReplicaNothingIsProgrammed() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    await("it is told", () -> "NoReplicas".equals(edge.reason("Programmed")));
  }

  @Test
  void anAmountThatIsNoneIsNamed() {
    edge.apply(
        EXTERNAL + pool("resources: {cpu: plenty, memory: 512MB}, usageLog: {storage: 1Gi}"));
    await("it is told", () -> "BadQuantity".equals(edge.reason("Accepted")));
    assertThat(edge.message("Accepted"))
        .contains("spec.resources.cpu: 'plenty'", "spec.resources.memory: '512MB'")
        .doesNotContain("storage");
    edge.apply(pool("resources: {cpu: '0.5', memory: 512Mi, ram: 1G}"));
    await("the name, too", () -> edge.message("Accepted").startsWith("spec.resources.ram: 'ram'"));
    edge.apply(pool("resources: {cpu: '0.5', memory: 512Mi}"));
    await("it is well", () -> "Accepted".equals(edge.reason("Accepted")) && edge.set() != null);
  }

  @Test
  void itsPodsHaveTheEnvironmentLabelsAndPriorityThatTheSpecSays() {
    edge.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: telemetry}
        stringData: {headers: "api-key=s3cret"}
        ---
        """);
    edge.create(
        EXTERNAL
            + pool(
                """
                priorityClassName: important, podLabels: {team: edge, tollgate.dev/gateway-pool: mine},
                podAnnotations: {sidecar.example/inject: "true"}, service: {ipFamilyPolicy: PreferDualStack},
                env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://otel:4318"},
                  {name: OTEL_EXPORTER_OTLP_HEADERS, valueSecretRef: {name: telemetry, key: headers}}]
                """));
    assertThat(edge.pod().getPriorityClassName()).isEqualTo("important");
    var meta = edge.set().getSpec().getTemplate().getMetadata();
    assertThat(meta.getLabels())
        .containsEntry("team", "edge")
        .containsEntry("tollgate.dev/gateway-pool", "edge");
    assertThat(meta.getAnnotations())
        .containsEntry("sidecar.example/inject", "true")
        .containsEntry("prometheus.io/path", "/prometheus");
    assertThat(variable("OTEL_EXPORTER_OTLP_ENDPOINT").map(EnvVar::getValue))
        .contains("http://otel:4318");
    assertThat(
            edge.client().services().withName("edge-gateway").get().getSpec().getIpFamilyPolicy())
        .isEqualTo("PreferDualStack");
    await(
        "the Secret may not be used", () -> "RefNotPermitted".equals(edge.reason("ResolvedRefs")));
    assertThat(variable("OTEL_EXPORTER_OTLP_HEADERS")).isEmpty();
    edge.client()
        .secrets()
        .withName("telemetry")
        .edit(s ->
            new SecretBuilder(s)
                .editMetadata()
                .addToLabels("tollgate.dev/use", "gateway")
                .endMetadata()
                .build());
    await("it may", () -> variable("OTEL_EXPORTER_OTLP_HEADERS").isPresent());
    assertThat(
            variable("OTEL_EXPORTER_OTLP_HEADERS")
                .orElseThrow()
                .getValueFrom()
                .getSecretKeyRef()
                .getKey())
        .isEqualTo("headers");
    edge.apply(pool("env: [{name: TOLLGATE_POOL, value: other}]"));
    await("it is refused", () -> "ReservedVariable".equals(edge.reason("Accepted")));
    edge.apply(pool("roles: [Worker], kafka: {bootstrapServers: 'kafka:9092'}"));
    await("what has no effect is told", () -> "NoEffect".equals(edge.reason("ResolvedRefs")));
    assertThat(edge.message("ResolvedRefs")).contains("spec.kafka", "spec.roles");
    assertThat(edge.state("Accepted")).isEqualTo("True");
  }

  private Optional<EnvVar> variable(String name) {
    return edge.pod().getContainers().getFirst().getEnv().stream()
        .filter(v -> v.getName().equals(name))
        .findFirst();
  }

  @Test
  void itsReplicasRunWhereTheSpecSaysAndItsServiceIsReachedAsItSays() {
    edge.create(
        EXTERNAL
            + pool(
                """
                nodeSelector: {node.example/edge: "true"}, tolerations: [{key: edge, operator: Exists, effect: NoSchedule}],
                service: {type: LoadBalancer, annotations: {lb.example/scheme: internal}, loadBalancerClass: lb.example/one,
                  loadBalancerSourceRanges: [192.0.2.0/24], externalTrafficPolicy: Local}
                """));
    assertThat(edge.pod().getNodeSelector()).containsEntry("node.example/edge", "true");
    assertThat(edge.pod().getTolerations()).hasSize(1);
    assertThat(edge.pod().getTolerations().getFirst().getKey()).isEqualTo("edge");
    var service = edge.client().services().withName("edge-gateway").get();
    assertThat(service.getMetadata().getAnnotations())
        .containsEntry("lb.example/scheme", "internal");
    assertThat(service.getSpec().getType()).isEqualTo("LoadBalancer");
    assertThat(service.getSpec().getLoadBalancerClass()).isEqualTo("lb.example/one");
    assertThat(service.getSpec().getLoadBalancerSourceRanges()).containsExactly("192.0.2.0/24");
    assertThat(service.getSpec().getExternalTrafficPolicy()).isEqualTo("Local");
    edge.apply(pool("replicas: {min: 1}"));
    await(
        "it is a ClusterIP again",
        () ->
            edge.client()
                .services()
                .withName("edge-gateway")
                .get()
                .getSpec()
                .getType()
                .equals("ClusterIP"));
    await("on any node", () -> edge.pod().getNodeSelector().isEmpty());
    assertThatThrownBy(() -> edge.apply(pool("service: {externalTrafficPolicy: Local}")))
        .hasMessageContaining("externalTrafficPolicy is for type LoadBalancer or NodePort");
    assertThatThrownBy(() -> edge.apply(pool("service: {type: NodePort, loadBalancerClass: a}")))
        .hasMessageContaining("are for type LoadBalancer");
  }

  @Test
  void whatTheApiServerRefusesIsToldInItsWords() {
    edge.apply(EXTERNAL + pool("listeners: [{name: Public API, port: 80, protocol: HTTP}]"));
    await("it is told", () -> "Refused".equals(edge.reason("Accepted")));
    assertThat(edge.message("Accepted")).contains("Service edge-gateway", "Public API");
    edge.apply(pool("listeners: [" + PLAIN + "]"));
    await("it is well", () -> "Accepted".equals(edge.reason("Accepted")));
  }

  @Test
  void aChangedUsageLogSaysHowToApplyIt() {
    edge.create(EXTERNAL + pool("usageLog: {storage: 1Gi}"));
    edge.apply(pool("usageLog: {storage: 3Gi}"));
    await("it is told", () -> "Refused".equals(edge.reason("Accepted")));
    assertThat(edge.message("Accepted"))
        .contains("kubectl delete statefulset edge-gateway --cascade=orphan");
    edge.client().apps().statefulSets().withName("edge-gateway").delete();
    await("it is applied", () -> "Accepted".equals(edge.reason("Accepted")));
  }

  @Test
  void reconcilingAgainWritesNothing() throws InterruptedException {
    edge.makeCertificate("api-cert");
    edge.apply(
        EXTERNAL
            + pool(
                "listeners: ["
                    + PLAIN
                    + ", "
                    + SECURE
                    + "], replicas: {min: 2, max: 8, targets: {connections: 20000}}"));
    await("it is judged", () -> "NoReplicas".equals(edge.reason("Ready")));
    Thread.sleep(1000);
    var before = versions();
    // nine of the pool, and the operator's own two Roles and RoleBindings
    assertThat(before).hasSize(13);
    for (int i = 0; i < 3; i++) {
      edge.makeCertificate("other-" + i);
      Thread.sleep(500);
    }
    assertThat(versions()).isEqualTo(before);
  }

  /** Resource versions of the pool and what was made for it. */
  private Map<String, String> versions() {
    return Stream.of(
            edge.client().apps().statefulSets().list(),
            edge.client().services().list(),
            edge.client().autoscaling().v2().horizontalPodAutoscalers().list(),
            edge.client().network().v1().networkPolicies().list(),
            edge.client().policy().v1().podDisruptionBudget().list(),
            edge.client().rbac().roles().list(),
            edge.client().rbac().roleBindings().list(),
            edge.client().resources(GatewayPool.class).list())
        .flatMap(list -> list.getItems().stream())
        .collect(
            Collectors.toMap(
                (HasMetadata r) -> r.getKind() + "/" + r.getMetadata().getName(),
                r -> r.getMetadata().getResourceVersion()));
  }
}

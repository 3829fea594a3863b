package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Why a replica does not become ready, told in the status of its pool. */
class GatewayPoolFailuresTest {

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void anImageThatCannotBePulledIsNamed() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(0);
    status(
        """
        containerStatuses:
        - {name: gateway, image: "tollgate/runtime:test", imageID: "", ready: false, restartCount: 0,
           state: {waiting: {reason: ErrImagePull, message: "not found"}}}
        """);
    await("the reason is given", () -> "ImagePullBackOff".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready"))
        .contains("Pod edge-gateway-0", "tollgate/runtime:test: not found.", "spec.image");
  }

  @Test
  void aReplicaThatEndsAgainAndAgainSaysWithWhatLastWords() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(0);
    status(
        """
        containerStatuses:
        - {name: gateway, image: i, imageID: "", ready: false, restartCount: 3,
           state: {running: {startedAt: "2026-01-01T00:00:00Z"}},
           lastState: {terminated: {exitCode: 2, reason: Error, message: "LAST"}}}
        """
            .replace("LAST", "first\\n{\\\"message\\\":\\\"Shard default-0 does not answer.\\\"}"));
    await("the reason is given", () -> "CrashLoopBackOff".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready"))
        .contains(
            "exit code 2: Shard default-0 does not answer.",
            "kubectl logs edge-gateway-0 --previous");
  }

  @Test
  void aReplicaWithoutMemoryIsToldToGetMore() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(0);
    status(
        """
        containerStatuses:
        - {name: gateway, image: i, imageID: "", ready: false, restartCount: 1,
           state: {waiting: {reason: CrashLoopBackOff, message: "back-off 10s"}},
           lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}
        """);
    await("it is told", () -> edge.message("Ready").contains("Raise memoryLimit"));
  }

  @Test
  void aReplicaThatFitsNowhereSaysWhatIsMissing() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(0);
    unschedulable("0/1 nodes are available: 1 Insufficient cpu.");
    await("the reason is given", () -> "Unschedulable".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready")).contains("1 Insufficient cpu. ", "spec.resources");
  }

  @Test
  void aReplicaWithoutAVolumeNamesItsClaim() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(0);
    unschedulable("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    await("the reason is given", () -> "ClaimUnbound".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready")).contains("data-edge-gateway-0", "storageClassName");
  }

  @Test
  void aPoolThatOnlySpeaksTlsIsNotReadyWithoutACertificate() {
    edge.create(EXTERNAL + pool("listeners: [" + EdgePool.SECURE + "]"));
    runs();
    await("it is told", () -> "CertificateNotFound".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready")).contains("kubectl create secret tls api-cert");
    edge.makeCertificate("api-cert");
    await("it is ready", () -> "True".equals(edge.state("Ready")));
  }

  @Test
  void aPoolWithoutItsPlatformDatabaseIsNeitherReadyNorProgrammed() {
    edge.create(EXTERNAL + pool("platformDatabase: {shardPool: nowhere}"));
    runs();
    await("it is told", () -> "ShardPoolNotFound".equals(edge.reason("Ready")));
    assertThat(edge.message("Ready")).contains("ShardPool nowhere is not there");
    assertThat(edge.reason("Programmed")).isEqualTo("NotResolved");
  }

  @Test
  void aRefusedSpecIsNotAppliedAtAll() {
    edge.create(EXTERNAL + pool("resources: {cpu: 200m}"));
    var twice = "{name: other, port: 80, protocol: HTTP}";
    edge.apply(pool("resources: {cpu: 300m}, listeners: [" + EdgePool.PLAIN + ", " + twice + "]"));
    await("it is refused", () -> "DuplicatePort".equals(edge.reason("Accepted")));
    assertThat(edge.container().getResources().getRequests())
        .containsEntry("cpu", new Quantity("200m"));
    assertThat(edge.set().getMetadata().getGeneration()).isEqualTo(1);
  }

  @Test
  void aNameThatNoServiceCanHaveIsToldOnce() {
    edge.apply(EXTERNAL + pool("").replace("name: edge", "name: edge.eu"));
    await("it is refused", () -> "BadName".equals(accepted("edge.eu").reason()));
    assertThat(accepted("edge.eu").message()).contains("44 characters").doesNotContain("It says");
  }

  @Test
  void whatSomebodyElseMadeUnderTheNameIsLeftAlone() {
    edge.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: edge-gateway}
        spec: {selector: {app: mine}, ports: [{name: mine, port: 4711}]}
        """);
    edge.apply(EXTERNAL + pool(""));
    await("it is told", () -> "NameTaken".equals(edge.reason("Accepted")));
    assertThat(edge.message("Accepted")).contains("Service edge-gateway is there already");
    var mine = edge.client().services().withName("edge-gateway").get();
    assertThat(mine.getSpec().getSelector()).containsOnlyKeys("app");
    assertThat(mine.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(edge.set()).isNull();
  }

  private Condition accepted(String pool) {
    return edge.platform().condition("GatewayPool", pool, "Accepted");
  }

  private void runs() {
    edge.platform().status(StatefulSet.class, "edge-gateway", "replicas: 1\nreadyReplicas: 1\n");
  }

  private void unschedulable(String message) {
    status(
        """
        conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '%s'}]
        """
            .formatted(message));
  }

  private void status(String yaml) {
    edge.platform().status(Pod.class, "edge-gateway-0", yaml);
  }
}

package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
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

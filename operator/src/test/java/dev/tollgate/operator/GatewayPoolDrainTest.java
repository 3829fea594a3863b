package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EMBEDDED;
import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a replica leaves, and what becomes of the usage log that it leaves behind. */
class GatewayPoolDrainTest {

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void aJobOfSomebodyElseIsLeftAloneAndTold() {
    edge.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: edge-drain-1}
        spec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: a, image: mine}]}}}
        """);
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makeClaim(1);
    await("it is told", () -> "NameTaken".equals(edge.reason("Drained")));
    assertThat(edge.message("Drained")).contains("Job edge-drain-1", "data-edge-gateway-1");
    assertThat(edge.drain(1).getMetadata().getOwnerReferences()).isEmpty();
  }

  @Test
  void aReplicaLeavesTheEndpointsBeforeItIsToldToStop() {
    edge.create(EXTERNAL + pool("replicas: {min: 2}"));
    assertThat(edge.container().getLifecycle().getPreStop().getSleep().getSeconds()).isEqualTo(5);
    assertThat(edge.pod().getTerminationGracePeriodSeconds()).isEqualTo(83);
    assertThat(edge.container().getEnv())
        .anyMatch(
            v -> v.getName().equals("TOLLGATE_GATEWAY_FAREWELL") && v.getValue().equals("3s"));
    assertThat(edge.pod().getTopologySpreadConstraints())
        .allMatch(spread -> spread.getWhenUnsatisfiable().equals("ScheduleAnyway"))
        .extracting(spread -> spread.getTopologyKey())
        .containsExactly("kubernetes.io/hostname", "topology.kubernetes.io/zone");
    assertThat(edge.set().getSpec().getUpdateStrategy().getType()).isEqualTo("RollingUpdate");
    assertThat(edge.set().getSpec().getMinReadySeconds()).isEqualTo(5);
    var budget = edge.client().policy().v1().podDisruptionBudget().withName("edge-gateway");
    assertThat(budget.get().getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
  }

  @Test
  void theLogOfAReplicaThatWasScaledAwayIsDrainedOnce() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makeClaim(0);
    edge.makeClaim(1);
    await("a Job drains it", () -> edge.drain(1) != null);
    assertThat(edge.drain(0)).isNull();
    var job = edge.drain(1).getSpec();
    assertThat(job.getBackoffLimit()).isEqualTo(6);
    assertThat(job.getTtlSecondsAfterFinished()).isEqualTo(600);
    var pod = job.getTemplate().getSpec();
    var drain = pod.getContainers().getFirst();
    assertThat(drain.getArgs()).containsExactly("drain");
    assertThat(drain.getImage()).isEqualTo("tollgate/runtime:test");
    assertThat(drain.getImagePullPolicy()).isEqualTo("Always");
    assertThat(pod.getImagePullSecrets()).extracting(s -> s.getName()).containsExactly("registry");
    assertThat(drain.getEnv()).isEqualTo(edge.container().getEnv());
    assertThat(drain.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getVolumes())
        .filteredOn(v -> v.getPersistentVolumeClaim() != null)
        .extracting(v -> v.getPersistentVolumeClaim().getClaimName())
        .containsExactly("data-edge-gateway-1");
    assertThat(job.getTemplate().getMetadata().getLabels())
        .doesNotContainKey("tollgate.dev/gateway-pool");
    assertThat(edge.reason("Drained")).isEqualTo("Pending");
    edge.platform().end(edge.drain(1), true);
    await("it is remembered", () -> drained(1));
    await("it is told", () -> "True".equals(edge.state("Drained")));
    edge.client().resource(edge.drain(1)).delete();
    edge.edit("resources: {cpu: 200m}");
    assertThat(edge.drain(1)).isNull();
  }

  @Test
  void aJobWaitsForTheReplicasPodToBeGone() {
    edge.create(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makePod(1);
    edge.makeClaim(1);
    await("it is waited for", () -> edge.message("Drained").contains("(1) is being"));
    assertThat(edge.drain(1)).isNull();
    edge.client().pods().withName("edge-gateway-1").withGracePeriod(0).delete();
    await("a Job drains it", () -> edge.drain(1) != null);
  }

  @Test
  void aReplicaThatComesBackHasItsLogToItself() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makeClaim(1);
    edge.makeClaim(2);
    await("Jobs drain them", () -> edge.drain(1) != null && edge.drain(2) != null);
    edge.platform().end(edge.drain(2), true);
    await("one is drained", () -> drained(2));
    edge.apply(pool("replicas: {min: 3}"));
    await("the Jobs are gone", () -> edge.drain(1) == null && edge.drain(2) == null);
    await("the log counts again", () -> !drained(2));
  }

  @Test
  void aLogThatCannotBeDrainedIsToldInWords() {
    edge.apply(EXTERNAL + pool("replicas: {min: 1}"));
    edge.makeClaim(1);
    await("a Job drains it", () -> edge.drain(1) != null);
    edge.platform().end(edge.drain(1), false);
    await("it is told", () -> "DrainFailed".equals(edge.reason("Drained")));
    assertThat(edge.message("Drained")).contains("kubectl logs job/edge-drain-1");
    assertThat(drained(1)).isFalse();
  }

  @Test
  void dataOnAReplicasDiskIsNotDrainedAway() {
    edge.apply(EMBEDDED + pool("replicas: {min: 1}"));
    edge.makeClaim(1);
    edge.edit("resources: {cpu: 200m}");
    edge.edit("resources: {cpu: 300m}");
    assertThat(edge.drain(1)).isNull();
  }

  private boolean drained(int ordinal) {
    var annotations = edge.claim(ordinal).get().getMetadata().getAnnotations();
    return annotations != null && annotations.containsKey("tollgate.dev/drained");
  }
}

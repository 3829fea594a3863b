package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EMBEDDED;
import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.shard.ShardPool;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many replicas a pool has. */
class GatewayPoolScalingTest {

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void aPoolGrowsByProcessorRequestsAndConnectionsAndShrinksSlowly() {
    edge.apply(
        EXTERNAL
            + pool(
                "replicas: {min: 2, max: 8, targets: {cpuPercent: 60, requestsPerSecond: 2000,"
                    + " connections: 20000}}"));
    await("the autoscaler exists", () -> autoscaler() != null);
    var spec = autoscaler().getSpec();
    assertThat(spec.getMinReplicas()).isEqualTo(2);
    assertThat(spec.getMaxReplicas()).isEqualTo(8);
    assertThat(spec.getMetrics().getFirst().getResource().getTarget().getAverageUtilization())
        .isEqualTo(60);
    assertThat(spec.getMetrics())
        .filteredOn(m -> m.getPods() != null)
        .extracting(m ->
            m.getPods().getMetric().getName()
                + " "
                + m.getPods().getTarget().getAverageValue().getNumericalAmount())
        .containsExactly("tollgate_requests_per_second 2000", "tollgate_connections 20000");
    assertThat(spec.getBehavior().getScaleUp().getStabilizationWindowSeconds()).isEqualTo(60);
    assertThat(spec.getBehavior().getScaleDown().getStabilizationWindowSeconds()).isEqualTo(300);
  }

  @Test
  void whatTheAutoscalerChoseIsLeftAlone() {
    edge.create(EXTERNAL + pool("replicas: {min: 2, max: 8}"));
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(2);
    scale(5);
    edge.edit("resources: {cpu: 200m}, replicas: {min: 2, max: 8}");
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(5);
  }

  @Test
  void aPoolThatGetsAnAutoscalerKeepsItsReplicas() {
    edge.create(EXTERNAL + pool("replicas: {min: 4}"));
    edge.edit("resources: {cpu: 200m}, replicas: {min: 2, max: 8}");
    edge.edit("resources: {cpu: 300m}, replicas: {min: 2, max: 8}");
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(4);
    edge.edit("resources: {cpu: 400m}, replicas: {min: 3}");
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(3);
    await("the autoscaler is gone", () -> autoscaler() == null);
  }

  @Test
  void aPoolWithItsDataOnItsOwnDiskHasOneReplicaAndSaysWhy() {
    edge.apply(EMBEDDED + pool("replicas: {min: 2, max: 8}"));
    await("it is told", () -> "EmbeddedOneReplica".equals(edge.reason("Accepted")));
    assertThat(edge.state("Accepted")).isEqualTo("True");
    assertThat(edge.message("Accepted"))
        .contains("8 are asked for", "default", "Managed or External");
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(1);
    assertThat(autoscaler()).isNull();
  }

  @Test
  void aPlanOnEmbeddedShardsHoldsItsPoolAtOneReplica() {
    edge.apply(
        EXTERNAL + EMBEDDED.replace("name: default", "name: ondisk") + pool("replicas: {min: 3}"));
    await("there are three", () -> edge.set().getSpec().getReplicas() == 3);
    edge.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: small}
        spec:
          gatewayPool: edge
          shardPool: ondisk
          meters: [{name: requests, included: 1000, overage: {mode: Block}}]
        """);
    await("there is one", () -> edge.set().getSpec().getReplicas() == 1);
    await("it is told", () -> edge.message("Accepted").contains("ShardPool ondisk"));
  }

  @Test
  void aShardPoolThatIsDeletedDoesNotShrinkARunningPool() {
    edge.apply(EXTERNAL + pool("replicas: {min: 3}"));
    await("there are three", () -> edge.set().getSpec().getReplicas() == 3);
    edge.client().resources(ShardPool.class).withName("default").delete();
    edge.edit("resources: {cpu: 200m}, replicas: {min: 3}");
    assertThat(edge.set().getSpec().getReplicas()).isEqualTo(3);
  }

  private HorizontalPodAutoscaler autoscaler() {
    return edge.client()
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .withName("edge-gateway")
        .get();
  }

  /** As the autoscaler does it: a write of the scale alone, by another field manager. */
  private void scale(int replicas) {
    edge.client().apps().statefulSets().withName("edge-gateway").scale(replicas);
  }
}

package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.Targets;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpecBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The autoscaler of a pool. It grows by what was asked for during a whole minute, for the start of
 * a replica takes processor time too, and shrinks slowly: each replica less drops its connections
 * and leaves a log to be drained. Requests and connections are metrics of the pods ({@code
 * tollgate_requests_per_second}, {@code tollgate_connections}), which a cluster has only with an
 * adapter for custom metrics; without one the autoscaler grows by the processor alone and does not
 * shrink.
 */
final class Autoscaler {

  private static final int CPU_PERCENT = 70;

  /** A replica that starts compiles for some half a minute; what lasts longer is load. */
  private static final int GROW_AFTER_SECONDS = 60;

  private static final int SHRINK_AFTER_SECONDS = 300;

  private Autoscaler() {}

  static HorizontalPodAutoscaler of(Owned owned, Scale scale) {
    var replicas = owned.pool().getSpec().replicas();
    return new HorizontalPodAutoscalerBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withNewScaleTargetRef("apps/v1", "StatefulSet", owned.name())
        .withMinReplicas(scale.min())
        .withMaxReplicas(scale.max())
        .withMetrics(metrics(replicas == null ? null : replicas.targets()))
        .withNewBehavior()
        .withNewScaleUp()
        .withStabilizationWindowSeconds(GROW_AFTER_SECONDS)
        .withSelectPolicy("Max")
        .addNewPolicy(15, "Percent", 100)
        .addNewPolicy(15, "Pods", 4)
        .endScaleUp()
        .withNewScaleDown()
        .withStabilizationWindowSeconds(SHRINK_AFTER_SECONDS)
        .withSelectPolicy("Max")
        .addNewPolicy(60, "Pods", 1)
        .addNewPolicy(60, "Percent", 10)
        .endScaleDown()
        .endBehavior()
        .endSpec()
        .build();
  }

  private static List<MetricSpec> metrics(@Nullable Targets targets) {
    List<MetricSpec> metrics = new ArrayList<>();
    metrics.add(
        new MetricSpecBuilder()
            .withType("Resource")
            .withNewResource()
            .withName("cpu")
            .withNewTarget()
            .withType("Utilization")
            .withAverageUtilization(
                targets == null || targets.cpuPercent() == null
                    ? CPU_PERCENT
                    : targets.cpuPercent())
            .endTarget()
            .endResource()
            .build());
    if (targets != null && targets.requestsPerSecond() != null) {
      metrics.add(ofPods("tollgate_requests_per_second", targets.requestsPerSecond()));
    }
    if (targets != null && targets.connections() != null) {
      metrics.add(ofPods("tollgate_connections", targets.connections()));
    }
    return metrics;
  }

  private static MetricSpec ofPods(String metric, long average) {
    return new MetricSpecBuilder()
        .withType("Pods")
        .withNewPods()
        .withNewMetric()
        .withName(metric)
        .endMetric()
        .withNewTarget()
        .withType("AverageValue")
        .withAverageValue(new Quantity(Long.toString(average)))
        .endTarget()
        .endPods()
        .build();
  }
}

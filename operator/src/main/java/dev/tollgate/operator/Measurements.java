package dev.tollgate.operator;

import dev.tollgate.crd.common.Conditioned;
import dev.tollgate.operator.resolution.Resolution;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/**
 * What Prometheus is told: the work of the controllers, and how many resources have which
 * condition. Only the operator that leads counts resources, so that those of several can be added.
 * Any thread.
 */
final class Measurements implements AutoCloseable {

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collector = new JvmGcMetrics();
  private final MultiGauge resources =
      MultiGauge.builder("tollgate.operator.resources")
          .description("Resources of a kind")
          .register(registry);
  private final MultiGauge conditions =
      MultiGauge.builder("tollgate.operator.conditions")
          .description("Resources of a kind whose condition has that status")
          .register(registry);
  private final List<Namespace> namespaces = new CopyOnWriteArrayList<>();
  private final BooleanSupplier leads;

  /** The controllers' library asks for some seventy buckets a timer, of which there are many. */
  private static final class WithoutHistograms implements MeterFilter {
    @Override
    public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
      return DistributionStatisticConfig.builder()
          .percentilesHistogram(false)
          .build()
          .merge(config);
    }
  }

  private record Namespace(String name, Resolution resolution) {}

  /**
   * @param leads whether this operator works, and does not wait
   * @param missing namespaces to watch that may not be read
   */
  Measurements(BooleanSupplier leads, int missing) {
    this.leads = leads;
    registry.config().meterFilter(new WithoutHistograms());
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collector.bindTo(registry);
    Gauge.builder("tollgate.operator.leader", () -> leads.getAsBoolean() ? 1 : 0)
        .description("1 in the operator that works, 0 in those that wait")
        .register(registry);
    Gauge.builder("tollgate.operator.namespaces.missing", () -> missing)
        .description("Namespaces to watch that may not be read")
        .register(registry);
  }

  /** Those of the controllers. */
  Metrics ofControllers() {
    return MicrometerMetrics.withoutPerResourceMetrics(registry);
  }

  /** Counts the resources of a namespace, too. */
  void follow(String namespace, Resolution resolution) {
    namespaces.add(new Namespace(namespace, resolution));
  }

  /** All, in Prometheus' text format. */
  synchronized String scrape() {
    Map<Tags, Integer> kinds = new HashMap<>();
    Map<Tags, Integer> states = new HashMap<>();
    if (leads.getAsBoolean()) {
      for (var namespace : namespaces) {
        namespace
            .resolution()
            .resources()
            .forEach(resource -> {
              var kind = Tags.of("namespace", namespace.name(), "kind", resource.getKind());
              kinds.merge(kind, 1, Integer::sum);
              count(kind, resource, states);
            });
      }
    }
    resources.register(rows(kinds), true);
    conditions.register(rows(states), true);
    return registry.scrape();
  }

  private static void count(Tags kind, CustomResource<?, ?> resource, Map<Tags, Integer> states) {
    if (resource.getStatus() instanceof Conditioned status && status.conditions() != null) {
      for (var condition : status.conditions()) {
        var tags = kind.and("condition", condition.type(), "status", condition.status());
        states.merge(tags, 1, Integer::sum);
      }
    }
  }

  private static List<MultiGauge.Row<?>> rows(Map<Tags, Integer> counts) {
    return counts.entrySet().stream()
        .<MultiGauge.Row<?>>map(e -> MultiGauge.Row.of(e.getKey(), e.getValue()))
        .toList();
  }

  @Override
  public void close() {
    collector.close();
    registry.close();
  }
}

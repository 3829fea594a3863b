package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.gateway.GatewayPoolStatus;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.Events;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/** Runs the replicas of a pool and tells how they are. */
@ControllerConfiguration(name = "gatewaypool")
public final class GatewayPoolReconciler implements Reconciler<GatewayPool> {

  private static final String MANAGED = "app.kubernetes.io/managed-by=tollgate";

  private final KubernetesClient client;
  private final Resolution resolution;
  private final Conditions conditions;
  private final Events events;
  private final String image;

  public GatewayPoolReconciler(
      KubernetesClient client,
      Resolution resolution,
      Conditions conditions,
      Events events,
      String image) {
    this.client = client;
    this.resolution = resolution;
    this.conditions = conditions;
    this.events = events;
    this.image = image;
  }

  @Override
  public List<EventSource<?, GatewayPool>> prepareEventSources(
      EventSourceContext<GatewayPool> context) {
    var wakeups = new Wakeups<GatewayPool>("resolution");
    resolution.onChange(() -> context.getPrimaryCache().keys().forEach(wakeups::wake));
    return List.of(owned(StatefulSet.class, context), owned(Service.class, context), wakeups);
  }

  private static <R extends io.fabric8.kubernetes.api.model.HasMetadata>
      EventSource<R, GatewayPool> owned(Class<R> kind, EventSourceContext<GatewayPool> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, GatewayPool.class)
            .withLabelSelector(MANAGED)
            .build(),
        context);
  }

  @Override
  public UpdateControl<GatewayPool> reconcile(GatewayPool pool, Context<GatewayPool> context) {
    var name = pool.getMetadata().getName();
    var namespace = pool.getMetadata().getNamespace();
    var findings = resolution.findings("GatewayPool", name);
    var accepted = Wanted.of("Accepted", "Accepted", "The pool is valid.", findings);
    var resolved =
        Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings);
    var desired = new GatewayResources(pool, image, secrets());
    if (accepted.isTrue()) {
      for (var resource : desired.all()) {
        Apply.apply(client, resource);
      }
      if (!desired.autoscaled()) {
        var stale =
            client
                .resources(HorizontalPodAutoscaler.class)
                .inNamespace(namespace)
                .withName(desired.name());
        if (stale.get() != null) {
          stale.delete();
        }
      }
    }
    var set = context.getSecondaryResource(StatefulSet.class).orElse(null);
    var wantedReplicas =
        set == null || set.getSpec().getReplicas() == null ? 0 : set.getSpec().getReplicas();
    var ready =
        set == null || set.getStatus() == null || set.getStatus().getReadyReplicas() == null
            ? 0
            : set.getStatus().getReadyReplicas();
    var isReady =
        ready > 0 && ready >= wantedReplicas
            ? Wanted.yes("Ready", "Ready", ready + " of " + wantedReplicas + " replicas are ready.")
            : Wanted.no(
                "Ready",
                ready == 0 ? "NoReplicas" : "Pending",
                ready
                    + " of "
                    + wantedReplicas
                    + " replicas are ready; see kubectl describe statefulset "
                    + desired.name()
                    + ".");
    var before = pool.getStatus();
    var now =
        conditions.update(
            before == null ? null : before.conditions(),
            pool.getMetadata().getGeneration(),
            List.of(accepted, resolved, isReady));
    var status =
        new GatewayPoolStatus(
            pool.getMetadata().getGeneration(),
            wantedReplicas,
            ready,
            desired.name() + "." + namespace + ".svc",
            now);
    if (Objects.equals(before, status)) {
      return UpdateControl.noUpdate();
    }
    events.of(pool, Conditions.changed(before == null ? null : before.conditions(), now));
    var patch = new GatewayPool();
    patch.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(namespace).build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }

  /** Every Secret that a served resource refers to. */
  private SortedSet<String> secrets() {
    var names = new TreeSet<String>();
    var shared = resolution.shared();
    for (var route : shared.routes()) {
      for (var backend : route.backends()) {
        for (var header : backend.headers()) {
          if (header.secret() != null) {
            names.add(header.secret().name());
          }
        }
      }
    }
    for (var pool : shared.gatewayPools().values()) {
      if (pool.redisPassword() != null) {
        names.add(pool.redisPassword().name());
      }
      for (var trust : pool.trusts()) {
        if (trust.hmacSecretRef() != null) {
          names.add(trust.hmacSecretRef().name());
        }
      }
    }
    for (var shards : shared.shardPools().values()) {
      if (shards.engine() == dev.tollgate.crd.shard.Engine.Managed) {
        for (int i = 0; i < shards.shards(); i++) {
          names.add(shards.name() + "-credentials-" + i);
        }
      }
    }
    return names;
  }
}

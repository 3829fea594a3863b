package dev.tollgate.operator.model;

import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.operator.resolution.Belongings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the controller of model servers follows: all that belongs to one, to repair it. */
final class ServerWatches {

  /** Kinds of what is applied for a server and followed. */
  static final Set<Class<? extends HasMetadata>> FOLLOWED =
      Set.of(
          StatefulSet.class,
          Service.class,
          ConfigMap.class,
          NetworkPolicy.class,
          PodDisruptionBudget.class);

  private final EventSourceContext<ModelServer> context;
  private final Belongings<ModelServer> belongings;
  private final InformerEventSource<Pod, ModelServer> pods;
  private final InformerEventSource<PersistentVolumeClaim, ModelServer> claims;
  private final Wakeups<ModelServer> wakeups = new Wakeups<>("resolution");

  ServerWatches(EventSourceContext<ModelServer> context) {
    this.context = context;
    belongings = new Belongings<>(ModelServer.class, OwnedByServer.LABEL, context);
    pods = belongings.labelled(Pod.class, OwnedByServer.LABEL);
    claims = belongings.labelled(PersistentVolumeClaim.class, OwnedByServer.LABEL);
  }

  List<EventSource<?, ModelServer>> all() {
    return List.of(
        wakeups,
        pods,
        claims,
        belongings.owned(StatefulSet.class),
        belongings.owned(Service.class),
        belongings.owned(Job.class),
        belongings.owned(ConfigMap.class),
        belongings.edited(NetworkPolicy.class),
        belongings.edited(PodDisruptionBudget.class));
  }

  void wake(ResourceID server) {
    wakeups.wake(server);
  }

  void wakeAll() {
    if (wakeups.isRunning()) {
      context.getPrimaryCache().keys().forEach(wakeups::wake);
    }
  }

  boolean exists(String server) {
    return context.getPrimaryCache().keys().anyMatch(id -> id.getName().equals(server));
  }

  /** The pods of a server that have these labels, those included that are on their way out. */
  List<Pod> pods(OwnedByServer owned, Map<String, String> labels) {
    return pods.list(
            owned.namespace(),
            pod -> pod.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
        .toList();
  }

  @Nullable PersistentVolumeClaim claim(String namespace, String name) {
    return claims.get(new ResourceID(name, namespace)).orElse(null);
  }
}

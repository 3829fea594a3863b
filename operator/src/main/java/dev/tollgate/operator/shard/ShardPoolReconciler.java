package dev.tollgate.operator.shard;

import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.shard.ShardPoolStatus;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.net.HttpURLConnection;
import java.util.List;

/** Runs the databases of a Managed pool, and tells how many shards answer. */
@ControllerConfiguration(name = "shardpool")
public final class ShardPoolReconciler implements Reconciler<ShardPool> {

  private final Surroundings around;
  private final StatusUpdate<ShardPool, ShardPoolStatus> update;
  private final String image;

  /**
   * @param image MariaDB's image, where the pool names none
   */
  public ShardPoolReconciler(Surroundings around, String image) {
    this.around = around;
    this.update =
        new StatusUpdate<>(
            ShardPool::new, ShardPoolStatus::conditions, around.conditions(), around.events());
    this.image = image;
  }

  @Override
  public List<EventSource<?, ShardPool>> prepareEventSources(
      EventSourceContext<ShardPool> context) {
    var wakeups = new Wakeups<ShardPool>("resolution");
    around.resolution().onChange(() -> context.getPrimaryCache().keys().forEach(wakeups::wake));
    return List.of(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(StatefulSet.class, ShardPool.class)
                .withLabelSelector(MariaDbResources.POOL_LABEL)
                .build(),
            context),
        wakeups);
  }

  @Override
  public UpdateControl<ShardPool> reconcile(ShardPool pool, Context<ShardPool> context) {
    var meta = pool.getMetadata();
    var findings = around.resolution().findings("ShardPool", meta.getName());
    var accepted = Wanted.of("Accepted", "Accepted", "The pool is valid.", findings);
    var wanted = pool.getSpec().shards() == null ? 1 : pool.getSpec().shards();
    var managed = pool.getSpec().engine() == Engine.Managed;
    int answering = managed ? 0 : wanted;
    if (managed && accepted.isTrue()) {
      for (int i = 0; i < wanted; i++) {
        run(new MariaDbResources(pool, i, image));
      }
      answering =
          (int)
              context
                  .getSecondaryResourcesAsStream(StatefulSet.class)
                  .filter(s -> s.getStatus() != null && s.getStatus().getReadyReplicas() != null)
                  .filter(s -> s.getStatus().getReadyReplicas() > 0)
                  .count();
    }
    var ready =
        answering >= wanted
            ? Wanted.yes("Ready", "Ready", answering + " of " + wanted + " shards answer.")
            : Wanted.no("Ready", "Pending", answering + " of " + wanted + " shards answer.");
    var now = update.conditions(pool, List.of(accepted, ready));
    var status =
        new ShardPoolStatus(
            meta.getGeneration(),
            answering,
            pool.getStatus() == null ? null : pool.getStatus().tenants(),
            now);
    return update.to(pool, status);
  }

  private void run(MariaDbResources database) {
    var credentials = database.credentials();
    var secrets = around.client().secrets().inNamespace(credentials.getMetadata().getNamespace());
    if (secrets.withName(database.credentialsName()).get() == null) {
      try {
        secrets.resource(credentials).create();
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
          throw e;
        }
      }
    }
    Apply.apply(around.client(), database.service());
    Apply.apply(around.client(), database.statefulSet());
  }
}

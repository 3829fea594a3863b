package dev.tollgate.operator.plan;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a resource is valid and what it refers to exists. The kind is that of the
 * subclass's first type argument.
 *
 * @param <R> the kind
 * @param <S> its status
 */
abstract class JudgedReconciler<R extends CustomResource<?, S>, S> implements Reconciler<R> {

  private final Surroundings around;
  private final StatusUpdate<R, S> update;
  private final BiFunction<@Nullable Long, List<Condition>, S> status;

  /**
   * @param blank makes a resource of the kind with neither spec nor status
   * @param conditionsOf the conditions inside a status
   * @param status makes a status of the generation it tells of and its conditions
   */
  JudgedReconciler(
      Surroundings around,
      Supplier<R> blank,
      Function<S, @Nullable List<Condition>> conditionsOf,
      BiFunction<@Nullable Long, List<Condition>, S> status) {
    this.around = around;
    this.update = new StatusUpdate<>(blank, conditionsOf, around.conditions(), around.events());
    this.status = status;
  }

  @Override
  public List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
    var wakeups = new Wakeups<R>("resolution");
    around.resolution().onChange(() -> context.getPrimaryCache().keys().forEach(wakeups::wake));
    return List.of(wakeups);
  }

  @Override
  public UpdateControl<R> reconcile(R resource, Context<R> context) {
    var meta = resource.getMetadata();
    var findings = around.resolution().findings(resource.getKind(), meta.getName());
    var now =
        update.conditions(
            resource,
            List.of(
                Wanted.of("Accepted", "Accepted", "Valid.", findings),
                Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings)));
    return update.to(resource, status.apply(meta.getGeneration(), now));
  }
}

package dev.tollgate.operator.conditions;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the status of one kind, and nothing else of the resource: only when it is another than
 * before, and with the Events that its changed conditions are worth. Any thread.
 *
 * @param <R> the kind
 * @param <S> its status
 */
public final class StatusUpdate<R extends CustomResource<?, S>, S extends Conditioned> {

  private final Supplier<R> blank;
  private final Conditions conditions;
  private final Events events;

  /**
   * @param blank makes a resource of the kind with neither spec nor status
   */
  public StatusUpdate(Supplier<R> blank, Conditions conditions, Events events) {
    this.blank = blank;
    this.conditions = conditions;
    this.events = events;
  }

  /** The conditions that the resource should have now. */
  public List<Condition> conditions(R resource, List<Wanted> wanted) {
    return conditions.update(before(resource), resource.getMetadata().getGeneration(), wanted);
  }

  /** Makes {@code status} the resource's. */
  public UpdateControl<R> to(R resource, S status) {
    if (Objects.equals(resource.getStatus(), status)) {
      return UpdateControl.noUpdate();
    }
    var now = status.conditions();
    if (now != null) {
      events.of(resource, Conditions.changed(before(resource), now));
    }
    var meta = resource.getMetadata();
    var patch = blank.get();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(meta.getName())
            .withNamespace(meta.getNamespace())
            .build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }

  /** The conditions that the resource has. */
  public @Nullable List<Condition> before(R resource) {
    var status = resource.getStatus();
    return status == null ? null : status.conditions();
  }
}

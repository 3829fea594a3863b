package dev.tollgate.operator.resolution;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.Objects;
import java.util.Set;

/**
 * Event sources for what belongs to the resources of one kind: each change of it has its owner
 * reconciled.
 *
 * @param <P> the kind of the owners
 */
public final class Belongings<P extends HasMetadata> {

  private final Class<P> owners;
  private final String selector;
  private final EventSourceContext<P> context;

  /**
   * @param selector of labels; what it does not select is not followed
   */
  public Belongings(Class<P> owners, String selector, EventSourceContext<P> context) {
    this.owners = owners;
    this.selector = selector;
    this.context = context;
  }

  /** For a kind whose owner references say to whom each belongs. */
  public <R extends HasMetadata> InformerEventSource<R, P> owned(Class<R> kind) {
    return new InformerEventSource<>(of(kind).build(), context);
  }

  /** The same for a kind whose status, if any, is of no interest: wakes when somebody edits it. */
  public <R extends HasMetadata> InformerEventSource<R, P> edited(Class<R> kind) {
    return new InformerEventSource<>(
        of(kind)
            .withOnUpdateFilter((now, before) ->
                now.getMetadata().getGeneration() == null || !sameGeneration(now, before))
            .build(),
        context);
  }

  /** For a kind without owner references, such as pods and claims: the label names the owner. */
  public <R extends HasMetadata> InformerEventSource<R, P> labelled(Class<R> kind, String label) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, owners)
            .withLabelSelector(label)
            .withSecondaryToPrimaryMapper(resource ->
                Set.of(
                    new ResourceID(
                        resource.getMetadata().getLabels().get(label),
                        resource.getMetadata().getNamespace())))
            .withPrimaryToSecondaryMapper((P owner) -> Set.of())
            .build(),
        context);
  }

  private <R extends HasMetadata> InformerEventSourceConfiguration.Builder<R> of(Class<R> kind) {
    return InformerEventSourceConfiguration.from(kind, owners).withLabelSelector(selector);
  }

  /** Whether the spec of a resource is what it was. */
  public static boolean sameGeneration(HasMetadata now, HasMetadata before) {
    return Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration());
  }
}

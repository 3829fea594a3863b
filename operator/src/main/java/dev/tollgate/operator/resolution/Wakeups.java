package dev.tollgate.operator.resolution;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Set;

/** Wakes a controller for resources whose surroundings changed. */
public final class Wakeups<P extends HasMetadata> extends AbstractEventSource<Void, P> {

  public Wakeups(String name) {
    super(Void.class, name);
  }

  @Override
  public Set<Void> getSecondaryResources(P primary) {
    return Set.of();
  }

  /** Reconcile this one soon. */
  public void wake(ResourceID id) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(id));
    }
  }
}

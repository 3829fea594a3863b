package dev.tollgate.operator.conditions;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets through what a person changed of a resource, its spec and its annotations, and any change of
 * its status: one made by hand is put right. The operator's own comes through too; it is found to
 * be as it should be, which costs a look and no write.
 */
public final class Edited implements OnUpdateFilter<HasMetadata> {

  @Override
  public boolean accept(HasMetadata now, HasMetadata before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || now.isMarkedForDeletion()
        || !Objects.equals(status(now), status(before));
  }

  private static @Nullable Object status(HasMetadata resource) {
    return resource instanceof CustomResource<?, ?> custom ? custom.getStatus() : null;
  }
}

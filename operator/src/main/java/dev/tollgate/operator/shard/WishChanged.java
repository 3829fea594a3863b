package dev.tollgate.operator.shard;

import dev.tollgate.crd.shard.ShardPool;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;

/** Lets through what a person changed of a pool: its spec and its annotations, not its status. */
public final class WishChanged implements OnUpdateFilter<ShardPool> {

  @Override
  public boolean accept(ShardPool now, ShardPool before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || now.isMarkedForDeletion();
  }
}

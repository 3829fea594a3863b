package dev.tollgate.crd.view;

import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ExternalShard;
import java.util.List;

/**
 * A shard pool with every default filled in; {@code external} has an entry a shard, in the order of
 * {@code shardNames}, where the engine is External, and is empty otherwise.
 */
public record ShardPoolView(
    String name,
    Engine engine,
    int shards,
    int partitions,
    List<String> shardNames,
    List<ExternalShard> external) {}
